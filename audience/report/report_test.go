// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/throng-dp/throng/audience/report"
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

func write(t testing.TB, r *release.Release) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWriteIsDeterministic(t *testing.T) {
	if !bytes.Equal(write(t, giftShop(t)), write(t, giftShop(t))) {
		t.Error("not the same bytes twice")
	}
}
