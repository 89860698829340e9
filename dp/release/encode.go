// SPDX-License-Identifier: Apache-2.0

package release

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Encode returns the canonical bytes of a release: the same bytes for the same
// release, always. It refuses a release that is not valid, or that Decode would
// not bring back as it is.
func Encode(r *Release) ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	text, err := r.marshal()
	if err != nil {
		return nil, fmt.Errorf("encode release: %w", err)
	}
	if replaced(text) {
		return nil, errors.New("encode release: a text that is not UTF-8")
	}
	return text, nil
}

// replaced tells whether encoding/json found bytes that are no UTF-8: for them,
// and for nothing else, it writes the escape \ufffd. After an escaped backslash
// the same letters are a text's own.
func replaced(text []byte) bool {
	escape := []byte(`\ufffd`)
	for from := 0; ; {
		i := bytes.Index(text[from:], escape)
		if i < 0 {
			return false
		}
		at := from + i
		before := len(text[:at]) - len(bytes.TrimRight(text[:at], `\`))
		if before%2 == 0 {
			return true
		}
		from = at + 1
	}
}

// Decode reads what Encode wrote and nothing else: unknown and repeated fields,
// other spellings of a name, text after the end are refused.
func Decode(text []byte) (*Release, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	r := new(Release)
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("decode release: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("decode release: there is something after its end")
	}
	again, err := Encode(r)
	if err != nil {
		return nil, fmt.Errorf("decode release: %w", err)
	}
	// encoding/json lets repeated fields and names in another case pass; one
	// comparison closes all such doors.
	if !bytes.Equal(again, text) {
		return nil, errors.New("decode release: its bytes are not in canonical form")
	}
	return r, nil
}
