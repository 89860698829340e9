// SPDX-License-Identifier: Apache-2.0

// Package rule is the rule language: a closed, total, three-valued part of
// CEL, checked against the columns of the data. It knows types, places and the
// null table; it reads no data and imports nothing of ours.
//
// Check walks every rule once, as its author wrote it, refuses what
// docs/rules.md does not list, and compiles the rest to Exprs, from which
// kernels and SQL are made. CEL's own checker then has to agree, and what it
// checked, the expansion of the macros, is what the interpreter in
// audience/match runs: two ways from one text that tests hold equal.
package rule
