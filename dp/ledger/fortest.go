// SPDX-License-Identifier: Apache-2.0

package ledger

import "testing"

// IDsForTest has all ids of this process come from next until a test ends, so
// that two ledgers with one history can be compared. Only tests get it.
func IDsForTest(tb testing.TB, next func() string) {
	tb.Helper()
	if !testing.Testing() {
		panic("ledger: ids are random outside tests")
	}
	was := drawID
	drawID = next
	tb.Cleanup(func() { drawID = was })
}

// HeadForTest returns how many entries a ledger has and the hash of the newest,
// which speaks for all of them.
func HeadForTest(tb testing.TB, l *Ledger) (size int64, head [32]byte) {
	tb.Helper()
	if err := l.store.View(tb.Context(), func(tx Tx) error {
		m, err := tx.Meta()
		size, head = m.Size, m.Head
		return err
	}); err != nil {
		tb.Fatal(err)
	}
	return size, head
}
