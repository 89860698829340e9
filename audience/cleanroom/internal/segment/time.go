// SPDX-License-Identifier: Apache-2.0

package segment

import (
	"time"

	"github.com/throng-dp/throng/audience/rule"
)

// Times are microseconds since 1970, as events have them; those of rules are
// cut off to them, towards the past.
var (
	firstMicro = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	lastMicro  = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() - 1
)

func micros(n int64) time.Time    { return time.UnixMicro(n).UTC() }
func nanos(n int64) time.Duration { return time.Duration(n) }

func microsOf(t time.Time) int64 { return t.UnixMicro() }

// raw returns a value that is not null as columns hold it.
func raw(v rule.Value) (i int64, d float64, s string) {
	switch v := v.(type) {
	case bool:
		if v {
			i = 1
		}
	case int64:
		i = v
	case float64:
		d = v
	case string:
		s = v
	case time.Time:
		i = microsOf(v)
	case time.Duration:
		i = int64(v)
	}
	return i, d, s
}
