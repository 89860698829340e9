// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"github.com/throng-dp/throng/audience/rule"
	"github.com/throng-dp/throng/dp/ledger"
	"github.com/throng-dp/throng/dp/release"
)

// A File is a parsed plan in its author's words, with places. Its fields are
// not exported: Compile reads it.
type File struct{ _ int }

// Parse reads the text of a plan. In a well-formed document it reports every
// fault of form at once, as Errors.
func Parse(name string, text []byte) (*File, error) { panic("contract: to be built") }

// A Schemas tells the columns of a table as its files have them, in the
// file's own names and rule's kinds; columns that rules cannot see (nested,
// 38-digit decimals) are left out. It is asked only for tables whose columns
// the plan does not all type itself. It reads footers' schemas, never rows.
type Schemas func(s *Source) ([]rule.Column, error)

// Compile checks rules and releases against the schemas and returns the plan,
// or all faults at once as Errors.
func (f *File) Compile(schemas Schemas) (*Plan, error) { panic("contract: to be built") }

// Sources returns the tables that the file names: events tables first, people
// last if any. For readers that want schemas before Compile.
func (f *File) Sources() []*Source { panic("contract: to be built") }

// ParsePolicy reads the owner's policy (docs/plan.md), as strictly as a plan.
func ParsePolicy(name string, text []byte) (*ledger.Policy, error) { panic("contract: to be built") }

// RunTests runs the plan's own tests on invented people and returns the faults
// of those that fail, at their places.
func (p *Plan) RunTests() Errors { panic("contract: to be built") }

// Draft returns the release of a run without its numbers: labels and shape,
// one table for each of the workload's, every cell in order.
func (p *Plan) Draft(cal *rule.Calendar, date string) *release.Release {
	panic("contract: to be built")
}

// Schema returns the JSON Schema of plans.
func Schema() []byte { panic("contract: to be built") }
