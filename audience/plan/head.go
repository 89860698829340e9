// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"path/filepath"
	"time"
)

// A Head is what is known of a plan before it is compiled, without a look at
// any data: enough to find a release that stands already.
type Head struct {
	File     string // where it was read from
	Text     []byte // as it was read
	Home     string // folder that the paths of its data are relative to
	Name     string
	Account  string
	Every    string
	Zone     *time.Location
	Lookback int      // days
	Digest   [32]byte // the same as the compiled plan's
	Segments []string // ids, in the plan's order
}

// Head returns what is known of the plan before it is compiled. Where the file
// leaves something out that Compile demands, the field is zero.
func (f *File) Head() Head {
	return Head{
		File: f.name, Text: f.allText(), Home: filepath.Dir(f.home()), Name: f.doc.Name, Account: f.doc.Privacy.Account, Every: f.doc.Every,
		Zone: f.zone, Lookback: int(f.doc.Lookback), Digest: f.digest(), Segments: f.segmentIDs(),
	}
}
