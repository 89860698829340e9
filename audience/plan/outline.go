// SPDX-License-Identifier: Apache-2.0

package plan

// Outline returns what is known of a plan without its rules: names, zone,
// purpose and the source of choices. It looks at no data.
func (f *File) Outline() (*Plan, error) {
	c := &compiler{File: f, decoder: &decoder{faults: &faults{file: f.name}, nodes: f.places.nodes}}
	c.plan = &Plan{File: f.name, Name: f.doc.Name, Zone: f.zone, Purpose: f.doc.Purpose, Lookback: int(f.doc.Lookback), source: f}
	c.plan.Privacy.Account = f.doc.Privacy.Account
	if c.refuseUnbuilt(); len(c.list) == 0 {
		c.sources()
	}
	return c.plan, c.err()
}
