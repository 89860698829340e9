// SPDX-License-Identifier: Apache-2.0

package event

import (
	"slices"
	"strings"
	"time"

	"github.com/throng-dp/throng/audience/fault"
)

// chooseDays returns the files of the days from oldest to newest, of a table
// with one partition a day, named in the plan's zone. From the first one that
// could be there none may be missing: which days are there is told by names
// alone, never by rows. Without newest all files are chosen and nothing is
// judged. The partition of rows without a day holds no visible event.
func chooseDays(found []File, key, oldest, newest string) ([]File, error) {
	present := map[string]bool{}
	var files []File
	first := ""
	for _, f := range found {
		i := slices.IndexFunc(f.Keys, func(k Key) bool { return k.Name == key })
		if i < 0 {
			return nil, at(Show(f.Path), &trouble{"input.days", "the path has no folder " + Show(key) + "=YYYY-MM-DD", "the table says days: " + Show(key) + "; every file must lie in a day's folder"})
		}
		k := f.Keys[i]
		if _, err := time.Parse(time.DateOnly, k.Value); err != nil && !k.Null {
			return nil, at(Show(f.Path), &trouble{"input.days", "the folder of " + Show(key) + " is no day", "name it " + Show(key) + "=YYYY-MM-DD"})
		}
		if k.Null && newest != "" {
			continue
		}
		if !k.Null {
			present[k.Value] = true
			if first == "" || k.Value < first {
				first = k.Value
			}
		}
		if newest == "" || k.Value >= oldest && k.Value <= newest {
			files = append(files, f)
		}
	}
	if newest == "" {
		return files, nil
	}
	if missing := firstMissing(present, max(first, oldest), newest); missing != "" {
		return nil, &fault.Error{Kind: fault.Later, Code: "input.day-missing", Where: Show(strings.TrimSuffix(key+"="+missing, "/")),
			Msg: "the partition of this day is not there", Hint: "wait until it is written, then build again; nothing was charged"}
	}
	return files, nil
}

// firstMissing returns the first day from start to newest that is not present.
func firstMissing(present map[string]bool, start, newest string) string {
	if start > newest || !present[newest] && start == "" {
		return newest
	}
	d, err := time.Parse(time.DateOnly, start)
	if err != nil {
		return newest
	}
	for ; ; d = d.AddDate(0, 0, 1) {
		name := d.Format(time.DateOnly)
		if name > newest {
			return ""
		}
		if !present[name] {
			return name
		}
	}
}
