// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/throng-dp/throng/dp/ledger"
)

// TestRehearsalReadsNoRow damages every page of the data and leaves the footer: a
// build fails, and a rehearsal does not notice.
func TestRehearsalReadsNoRow(t *testing.T) {
	d := newDesk(t)
	d.open(ledger.Account{Name: "gift-shop", Lines: ledger.Lines{Epsilon: 8, Delta: 1e-7}})
	file, err := os.ReadFile("orders.parquet")
	if err != nil {
		t.Fatal(err)
	}
	footer := int(binary.LittleEndian.Uint32(file[len(file)-8:])) + 8
	for i := 4; i < len(file)-footer; i++ {
		file[i] ^= 0x55
	}
	if err := os.WriteFile("orders.parquet", file, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("THRONG_LEDGER", "sqlite:no/such/ledger.db") // which a rehearsal does not look for
	var said strings.Builder
	if exit := run(t.Context(), strings.Fields("throng rehearse plan.yaml --date 2011-12-09"), io.Discard, &said); exit != 0 {
		t.Errorf("rehearse: exit %d: %s", exit, said.String())
	}
	t.Setenv("THRONG_LEDGER", "")
	if exit := run(t.Context(), strings.Fields("throng build plan.yaml --date 2011-12-09"), io.Discard, io.Discard); exit != 11 {
		t.Errorf("a build of damaged rows ends with %d", exit)
	}
	entries, err := d.l.History(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type == "post" {
			t.Errorf("charged: %+v", e)
		}
	}
}
