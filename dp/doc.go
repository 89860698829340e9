// SPDX-License-Identifier: Apache-2.0

// Package dp turns exact counts of people into released numbers, and nothing
// else does. The privacy unit is a person: all rows that this person supplied,
// under all keys. Neighbours differ by one person added or removed. Everything
// charged to one account within one period is (ε, δ)-differentially private,
// with ε and δ the sums of the account's two lines.
//
// All counts of a build are one Workload. NewStrategy chooses the noisy
// measurements that answer it, from the plan alone, so price and error bars are
// known before a row is read. Engines fill Tallies, which can be added to and
// never read. Publish draws the noise, reconstructs the numbers from the
// measurements, and hands out the release once the ledger holds it.
//
// It trusts whoever holds the raw data and runs the program. It does not cover
// timing, nor what is computed from the raw data elsewhere. docs/privacy.md
// says all this in words, with each mechanism and its source.
package dp
