// SPDX-License-Identifier: Apache-2.0

// Package dp turns exact counts of people into released numbers, and nothing
// else does. The privacy unit is a person: all rows that this person supplied,
// under all keys. Neighbours differ by one person added or removed. Everything
// charged to one account within one period is (ε, δ)-differentially private,
// with ε and δ the sums of the account's two lines.
//
// It trusts whoever holds the raw data and runs the program. It does not cover
// timing, nor what is computed from the raw data elsewhere.
package dp
