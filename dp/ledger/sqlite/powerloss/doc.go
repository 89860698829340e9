// SPDX-License-Identifier: Apache-2.0

// Package powerloss has tests alone. They record what SQLite writes to a
// ledger's files and when it has them synced, make the disks that a power cut
// could have left at every moment, and open each with the product's own code.
// They also fail every write and every sync once.
package powerloss
