// SPDX-License-Identifier: Apache-2.0

// Package segment compiles checked rules to kernels over columns. While tables
// are read, a Scanner works out once for each value of a dictionary what rules
// ask of it, and feeds what counts into the State of the people concerned: a
// few numbers for each aggregate, however many rows there are. Afterwards a
// Judge answers the rules for many people at a time.
//
// Evaluation is total and three-valued, as docs/rules.md says: a value is null
// if its field is null or computing it fails, and nothing that a row holds can
// stop a run. No result depends on the order of rows.
package segment
