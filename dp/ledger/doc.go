// SPDX-License-Identifier: Apache-2.0

// Package ledger holds privacy budget: accounts, reservations, and the bytes of
// what was released. A reservation resolves at most once; a release is posted
// before any byte of it leaves; what a period charges never passes its caps,
// whatever runs die, sleep or race.
//
// It trusts the disk to keep what was synced, whoever may write the store, and a
// clock not to run ahead: one that is set back changes nothing, one that is set
// forward begins the next period. Only a Witness tells a restored old copy of the
// ledger from the newest one. It does not know data: what a release costs is
// computed elsewhere.
package ledger
