// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/throng-dp/throng/audience/export"
	"github.com/throng-dp/throng/dp/release"
)

func giftShop(t testing.TB) *release.Release {
	t.Helper()
	text, err := os.ReadFile("../../dp/release/testdata/gift-shop.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := release.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEveryFormatWrites also holds each to the same bytes for the same release.
func TestEveryFormatWrites(t *testing.T) {
	for _, f := range export.Formats() {
		var a, b bytes.Buffer
		for _, w := range []*bytes.Buffer{&a, &b} {
			if err := export.Write(w, giftShop(t), f.Name, nil); err != nil {
				t.Fatal(err)
			}
		}
		if a.Len() == 0 || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: not the same bytes twice", f.Name)
		}
	}
}
