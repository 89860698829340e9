// SPDX-License-Identifier: Apache-2.0

package local

import (
	"strconv"

	"github.com/throng-dp/throng/audience/cleanroom/internal/event"
	"github.com/throng-dp/throng/audience/cleanroom/internal/segment"
	"github.com/throng-dp/throng/audience/rule"
)

// personKey returns the canonical key of a row's person; false where there is
// none, and the row is nobody's.
func personKey(v *event.Vector, row int) (string, bool) {
	i, _, s, null := segment.At(v, row)
	switch {
	case null:
		return "", false
	case v.Kind == rule.Int:
		return strconv.FormatInt(i, 10), true
	}
	return s, s != ""
}
