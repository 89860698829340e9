// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/throng-dp/throng/dp/failpoint"
	"github.com/throng-dp/throng/dp/release"
)

// now is the clock of all commands.
var now = func() time.Time { return failpoint.Now() }

// charged tells the price of a release in words.
func charged(rel *release.Release) string {
	p := rel.Privacy
	return fmt.Sprintf("charged ε=%s at δ=%s; lifetime of account %s: ε=%s at δ=%s over %s",
		short(p.Epsilon), short(p.Delta), rel.Account, short(p.Lifetime.Epsilon), short(p.Lifetime.Delta), count(p.Lifetime.Builds, "release"))
}

// short writes a parameter with three digits at most, rounded up.
func short(x float64) string { return release.Real(x) }

// bytesOf reads a size: 4GiB, 500MB, 1048576.
func bytesOf(size string) (int64, error) {
	if size == "" {
		return 0, nil
	}
	digits := strings.TrimRight(size, "KMGTiBkb ")
	factor, known := map[string]float64{"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
		"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40}[strings.ToUpper(strings.TrimSpace(size[len(digits):]))]
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || !known || !(n > 0) || n*factor > math.MaxInt64/2 {
		return 0, usage("--memory is a size such as 4GiB, not %s", quote(size))
	}
	return int64(n * factor), nil
}

// built-in version; set by the linker for tagged builds.
var tag string

// version names the code: a tag, or the commit it was built from.
func version() string {
	if tag != "" {
		return tag
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := map[string]string{}
	for _, s := range info.Settings {
		v[s.Key] = s.Value
	}
	if rev := v["vcs.revision"]; len(rev) >= 12 {
		if v["vcs.modified"] == "true" {
			return "0-" + rev[:12] + "+modified"
		}
		return "0-" + rev[:12]
	}
	return info.Main.Version
}
