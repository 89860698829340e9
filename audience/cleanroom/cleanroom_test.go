// SPDX-License-Identifier: Apache-2.0

package cleanroom_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/cleanroom"
)

// TestKeyIsNotPrinted prints an input by every kind of verb.
func TestKeyIsNotPrinted(t *testing.T) {
	in := cleanroom.Input{BoundKey: []byte("key of an account")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		printed := fmt.Sprintf(verb+verb, in, &in)
		if want := strings.Repeat("cleanroom.Input(hidden)", 2); printed != want {
			t.Errorf("%s prints %s", verb, printed)
		}
	}
}
