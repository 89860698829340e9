// SPDX-License-Identifier: Apache-2.0

// Package plan reads plans: strict YAML with places, and rules checked against
// the columns of the data. A File is what the author wrote; a Plan is what a
// build needs. It reads no rows.
package plan
