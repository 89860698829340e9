// SPDX-License-Identifier: Apache-2.0

package identity

// A table numbers keys from 0 on, in the order in which they come.
type table struct {
	keys  []Code
	forms []Form
	slots []uint32 // 0, or 1 more than a number; a power of two
}

// find returns the slot of a key, or the one where it belongs.
func (t *table) find(k Key, hash uint64) int {
	mask := len(t.slots) - 1
	at := int(hash>>32) & mask
	for t.slots[at] != 0 && (t.keys[t.slots[at]-1] != k.Code || t.forms[t.slots[at]-1] != k.Form) {
		at = (at + 1) & mask
	}
	return at
}

// number returns a key's number, if it has one.
func (t *table) number(k Key, hash uint64) (int, bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	n := t.slots[t.find(k, hash)]
	return int(n) - 1, n != 0
}

// enter returns a key's number, a new one if it has none.
func (t *table) enter(k Key, hash uint64, hashOf func(Key) uint64) (number int, added bool) {
	if len(t.keys) >= len(t.slots)*3/4 {
		t.grow(hashOf)
	}
	at := t.find(k, hash)
	if t.slots[at] == 0 {
		t.keys, t.forms, added = append(t.keys, k.Code), append(t.forms, k.Form), true
		t.slots[at] = uint32(len(t.keys))
	}
	return int(t.slots[at]) - 1, added
}

func (t *table) grow(hashOf func(Key) uint64) {
	t.slots = make([]uint32, max(64, 2*len(t.slots)))
	for i := range t.keys {
		k := Key{t.keys[i], t.forms[i]}
		t.slots[t.find(k, hashOf(k))] = uint32(i + 1)
	}
}
