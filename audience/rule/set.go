// SPDX-License-Identifier: Apache-2.0

package rule

// A Set is the checked rules of one plan.
type Set struct {
	Schema   Schema
	Lets     []Let           // in the order of their references
	Segments []Rule          // in the plan's order
	Order    []int           // indexes of Segments so that in_segment looks back only
	Where    map[string]Expr // by table; the rows a plan may see at all

	cel *CEL
}
