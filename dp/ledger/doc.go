// SPDX-License-Identifier: Apache-2.0

// Package ledger holds privacy budget: accounts, reservations, and the bytes of
// what was released. A reservation resolves at most once; a release is posted
// before any byte of it leaves; what a period charges never passes its caps,
// whatever runs die, sleep or race.
//
// It trusts the disk to keep what was synced, and whoever may write the store.
// It does not know data: what a release costs is computed elsewhere, and a
// restored old copy of the ledger is not told from the newest one.
package ledger
