// SPDX-License-Identifier: Apache-2.0

package segment

// pairs counts rows two at a time, with instructions that every amd64 has, up to a
// pair that is one person's. It returns how many rows it has counted. A row or a
// person beyond all that there are ends it, too.
func (c *counting) pairs(to *State, masks []uint64, rows, people []uint32) int {
	if len(rows) < 2 || len(masks) == 0 || len(to.Records) < to.Stride {
		return 0
	}
	return countPairs(c, &to.Records[0], len(to.Records)/to.Stride, to.Stride, &masks[0], len(masks), &rows[0], &people[0], len(rows))
}

//go:noescape
func countPairs(c *counting, records *uint64, persons, stride int, masks *uint64, batch int, rows, people *uint32, n int) (done int)
