// SPDX-License-Identifier: Apache-2.0

package dp

import (
	"reflect"
	"testing"
)

// TestEqualWorkloads changes each field of a workload, one at a time, those of its
// parts included: none of the others is equal to it, and each has another
// fingerprint.
func TestEqualWorkloads(t *testing.T) {
	fresh := func() *Workload {
		return &Workload{Segments: 2, Bound: 1, Attributes: []int{3}, Amounts: []Amount{{Min: 1, Max: 2}}, Grids: []Grid{{Min: 1, Step: 2, Points: 3}},
			Tables: []Table{{Segments: []int{1}, By: []int{1}, At: []int{1}}}}
	}
	w, same := fresh(), fresh()
	if !w.equal(same) || w.fingerprint() != same.fingerprint() {
		t.Error("a workload is not equal to its like")
	}
	changed := 0
	var change func(v reflect.Value, name string, of *Workload)
	change = func(v reflect.Value, name string, of *Workload) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				change(v.Field(i), name+"."+v.Type().Field(i).Name, of)
			}
			return
		case reflect.Slice:
			if v.Len() != 1 {
				t.Fatalf("%s is not in the example", name)
			}
			change(v.Index(0), name, of)
			old := v.Interface()
			v.SetZero()
			changed += differs(t, w, of, name+" left out")
			v.Set(reflect.ValueOf(old))
			return
		}
		old := v.Interface()
		if v.CanFloat() {
			v.SetFloat(v.Float() + 1)
		} else if v.CanInt() {
			v.SetInt(v.Int() + 1)
		} else {
			v.SetUint(v.Uint() + 1)
		}
		changed += differs(t, w, of, name)
		v.Set(reflect.ValueOf(old))
	}
	of := fresh()
	change(reflect.ValueOf(of).Elem(), "", of)
	if changed < 20 || !w.equal(of) {
		t.Errorf("%d changes", changed)
	}
}

func differs(t *testing.T, w, of *Workload, name string) int {
	t.Helper()
	if w.equal(of) || of.equal(w) {
		t.Errorf("another %s makes no difference", name)
	}
	if w.fingerprint() == of.fingerprint() {
		t.Errorf("another %s makes no other fingerprint", name)
	}
	return 1
}
