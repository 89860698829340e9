// SPDX-License-Identifier: Apache-2.0

// Package sql writes checked rules as SQL of a dialect: one statement, no table
// of its own. It means what audience/match means by the same rules, null for
// null; what the statement computes of a table is in docs/outputs.md.
//
// Times are whole microseconds since 1970 inside it, and days come as instants,
// so that no engine's table of time zones is asked. A value is bound to a name
// once: rules that refer to each other a hundred times stay short.
package sql
