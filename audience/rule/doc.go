// SPDX-License-Identifier: Apache-2.0

// Package rule is the rule language: a closed, total, three-valued part of
// CEL, checked against the columns of the data. It knows types, places and the
// null table; it reads no data and imports nothing of ours.
package rule
