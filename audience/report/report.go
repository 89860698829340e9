// SPDX-License-Identifier: Apache-2.0

// Package report makes one HTML file of a release: which audiences to book, how
// they overlap, who is in them, how they changed, and what it means for a person.
// The file needs no network and no script, and is a function of the release alone.
// A second page, for who runs a ledger, shows what is left of its accounts.
package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/throng-dp/throng/dp/release"
)

//go:embed report.css
var style string

//go:embed report.tmpl
var text string

// policy lets a browser load nothing and run nothing: one style sheet, known
// by its digest, is all that the page may use.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}()

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"style":  func() template.CSS { return template.CSS(style) },
	"policy": func() string { return policy },
	"dash":   func() string { return dash },
}).Parse(text))

// Write writes the report of a release.
func Write(w io.Writer, r *release.Release) error { return write(w, page, newView(r)) }

func write(w io.Writer, page *template.Template, view any) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if err := page.Execute(out, view); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
