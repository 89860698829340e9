// SPDX-License-Identifier: Apache-2.0

// Package export writes a release as the files that its readers take: one
// format a file, each a function of the release alone, so the same release is
// the same bytes. It sees released numbers and labels and nothing else.
package export

import (
	"fmt"
	"io"
	"strings"

	"github.com/throng-dp/throng/dp/release"
)

// A Format is one way to write a release.
type Format struct {
	Name  string // as --format takes it
	File  string // as a build names it; empty: a build does not write it
	About string // one line for a help text
	write func(io.Writer, *release.Release) error
}

var formats = []Format{
	{"json", "catalog.json", "the catalogue: everything released, by segment", writeCatalog},
	{"csv", "catalog.csv", "one row a number, safe for spreadsheets", writeCSV},
	{"parquet", "cells.parquet", "one row a number, for query engines", writeParquet},
	{"manifest", "manifest.json", "how it was made private, and at which price", writeManifest},
	{"openrtb", "", "the segments that bid requests may name: OpenRTB 2.6, segtax 4; no numbers", writeOpenRTB},
	{"data-label", "", "IAB Data Labels, whose counts carry noise", writeDataLabel},
	{"record", "", "an entry for a register of deployments of differential privacy", writeRecord},
}

// Formats returns the formats that Write knows, in the order of help texts.
func Formats() []Format { return append([]Format(nil), formats...) }

// Write writes a release in one format: the named segments and what concerns
// them alone, or everything if there are none.
func Write(w io.Writer, r *release.Release, format string, segments []string) error {
	for _, f := range formats {
		if f.Name != format {
			continue
		}
		if len(segments) > 0 {
			part, err := r.Only(segments)
			if err != nil {
				return fmt.Errorf("export %s: %w", format, err)
			}
			r = part
		}
		if err := f.write(w, r); err != nil {
			return fmt.Errorf("export %s: %w", format, err)
		}
		return nil
	}
	return fmt.Errorf("unknown format %q; there are %s", format, names())
}

func names() string {
	var names []string
	for _, f := range formats {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}
