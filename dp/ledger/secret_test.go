// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestKeyIsNotPrinted prints a ledger, and what holds one, by every kind of
// verb: also those that make fmt follow a pointer below the top level.
func TestKeyIsNotPrinted(t *testing.T) {
	key := make([]byte, KeySize)
	for i := range key {
		key[i] = 231
	}
	l := &Ledger{key: func() []byte { return key }}
	job := struct {
		Ledger *Ledger
		held   *Reservation
	}{l, &Reservation{ledger: l}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		printed := fmt.Sprintf(strings.Repeat(verb, 3), l, job, &job)
		for _, n := range []string{"231 231", "e7e7", "0xe7, 0xe7"} {
			if strings.Contains(printed, n) {
				t.Errorf("%s prints the key: %s", verb, printed)
			}
		}
	}
	if text, err := json.Marshal(job); err == nil && strings.Contains(string(text), "5+fn") {
		t.Errorf("JSON: %s", text)
	}
}
