// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"bytes"
	"crypto/rand"
	hexa "encoding/hex"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/throng-dp/throng/audience/export"
	"github.com/throng-dp/throng/audience/report"
	"github.com/throng-dp/throng/dp/release"
	"golang.org/x/sync/errgroup"
)

// A Format is one way to write a release.
type Format struct {
	Name  string // as --format takes it
	File  string // as a build names it
	About string // one line for a help text
}

// Formats returns the formats of releases, in the order of help texts.
func Formats() []Format {
	var all []Format
	for _, f := range export.Formats() {
		all = append(all, Format{f.Name, f.File, f.About})
	}
	return append(all, Format{"html", "report.html", "the report: one page for people, no network needed"})
}

// Export writes a release in one format: the named segments and what concerns
// them alone, or everything if there are none.
func Export(w io.Writer, rel *release.Release, format string, segments []string) error {
	if format != "html" {
		return export.Write(w, rel, format, segments)
	}
	if len(segments) > 0 {
		part, err := rel.Only(segments)
		if err != nil {
			return err
		}
		rel = part
	}
	return report.Write(w, rel)
}

// A File is one file of a release.
type File struct {
	Name  string
	Bytes []byte
}

// Files returns the files of a release, made from its numbers and labels
// alone: the same bytes each time.
func Files(rel *release.Release) ([]File, error) {
	formats := slices.DeleteFunc(Formats(), func(f Format) bool { return f.File == "" })
	files := make([]File, len(formats))
	var g errgroup.Group // each only reads the release
	for i, f := range formats {
		g.Go(func() error {
			var b bytes.Buffer
			if err := Export(&b, rel, f.Name, nil); err != nil {
				return err
			}
			files[i] = File{f.File, b.Bytes()}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return files, nil
}

// A head is what tells one release from another.
type head struct{ ID, Account string }

// headIn reads which release the files in a folder are of.
func headIn(folder string) (head, error) {
	text, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		return head{}, err
	}
	id, account, err := export.Identity(text)
	return head{id, account}, err
}

// runID names a run: its time, cut to the minute, and something random.
func runID(t time.Time) string {
	var b [4]byte
	rand.Read(b[:]) // never fails: the process ends where there is no randomness
	return t.UTC().Format("20060102T1504Z") + "-" + hexa.EncodeToString(b[:])
}

func hex(digest [32]byte) string { return hexa.EncodeToString(digest[:]) }
