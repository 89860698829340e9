// SPDX-License-Identifier: Apache-2.0

// Package ledger holds privacy budget: accounts, reservations, and the bytes of
// what was released. A reservation resolves at most once; a release is posted
// before any byte of it leaves.
package ledger
