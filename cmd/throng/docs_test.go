// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// repository is the top of the source.
var repository, _ = filepath.Abs("../..")

// A page is a text in Markdown: a file's, or what a notebook says.
type page struct {
	path   string // from the top, with slashes
	prose  string // without its blocks of code
	blocks []block
}

// A block is a fenced piece of code.
type block struct {
	lang string
	text string
	line int // of its first line in the page
}

// readPages reads all pages of the repository.
func readPages(t *testing.T) []page {
	t.Helper()
	var all []page
	walkFiles(t, func(path string) {
		var text string
		var err error
		switch filepath.Ext(path) {
		case ".md":
			text, err = readText(filepath.Join(repository, path))
		case ".ipynb":
			text, err = notebook(filepath.Join(repository, path))
		default:
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parsePage(path, text))
	})
	if len(all) < 20 {
		t.Fatalf("only %d pages found", len(all))
	}
	return all
}

// walkFiles calls f with the path of every file, from the top, but for those of
// hidden folders, of tests and of other people's packages.
func walkFiles(t *testing.T, f func(path string)) {
	t.Helper()
	err := filepath.WalkDir(repository, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != repository && (strings.HasPrefix(name, ".") && name != ".ci" || name == "testdata" || name == "bin" || name == "node_modules") {
			return fs.SkipDir
		}
		if !d.IsDir() {
			rel, err := filepath.Rel(repository, path)
			if err != nil {
				return err
			}
			f(filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func readText(path string) (string, error) {
	text, err := os.ReadFile(path)
	return string(text), err
}

// notebook returns what a notebook says in Markdown.
func notebook(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var nb struct {
		Cells []struct {
			Kind   string   `json:"cell_type"`
			Source []string `json:"source"`
		} `json:"cells"`
	}
	if err := json.Unmarshal(text, &nb); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, c := range nb.Cells {
		if c.Kind == "markdown" {
			b.WriteString(strings.Join(c.Source, "") + "\n\n")
		}
	}
	return b.String(), nil
}

var fence = regexp.MustCompile("^ *```+ *([a-z-]*) *$")

func parsePage(path, text string) page {
	p := page{path: path}
	var prose, code strings.Builder
	open := false
	n := 0
	for line := range strings.Lines(text) {
		n++
		m := fence.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		switch {
		case m != nil && !open:
			p.blocks = append(p.blocks, block{lang: m[1], line: n + 1})
			code.Reset()
			open = true
		case m != nil:
			p.blocks[len(p.blocks)-1].text = code.String()
			open = false
		case open:
			code.WriteString(line)
		default:
			prose.WriteString(line)
			continue
		}
		prose.WriteString("\n")
	}
	p.prose = prose.String()
	return p
}

var (
	codeSpan   = regexp.MustCompile("``[^`].*?``|`[^`\n]*`")
	inlineLink = regexp.MustCompile(`\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)?)(?: "[^"]*")?\)`)
	heading    = regexp.MustCompile(`(?m)^#{1,6} +(.*?) *#* *$`)
	notInSlug  = regexp.MustCompile(`[^\p{L}\p{N}\p{M}_ -]`)
	linkInText = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// anchors are the names of a page's headings, as GitHub makes them.
func (p *page) anchors() []string {
	var all []string
	taken := map[string]int{}
	for _, m := range heading.FindAllStringSubmatch(p.prose, -1) {
		text := strings.ReplaceAll(linkInText.ReplaceAllString(m[1], "$1"), "`", "")
		slug := strings.ReplaceAll(notInSlug.ReplaceAllString(strings.ToLower(text), ""), " ", "-")
		n := taken[slug]
		if taken[slug]++; n > 0 {
			slug += "-" + strconv.Itoa(n)
		}
		all = append(all, slug)
	}
	return all
}

// TestLinks follows every link of every page and notebook: files are there,
// anchors too, addresses are whole. Nothing is asked of the network.
func TestLinks(t *testing.T) {
	all := readPages(t)
	byPath := map[string]*page{}
	for i := range all {
		byPath[all[i].path] = &all[i]
	}
	links := 0
	for _, p := range all {
		for _, m := range inlineLink.FindAllStringSubmatch(codeSpan.ReplaceAllString(p.prose, ""), -1) {
			links++
			if why := broken(&p, m[1], byPath); why != "" {
				t.Errorf("%s: %s: %s", p.path, m[1], why)
			}
		}
	}
	if links < 50 {
		t.Errorf("only %d links found", links)
	}
}

// broken says what is wrong with a link, or "".
func broken(from *page, link string, byPath map[string]*page) string {
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return "no address"
	case u.Scheme == "https" && strings.Contains(u.Host, "."):
		return ""
	case u.Scheme != "" || u.Host != "":
		return "neither https nor a file"
	}
	to := from
	if u.Path != "" {
		path := filepath.ToSlash(filepath.Join(filepath.Dir(from.path), u.Path))
		if strings.HasPrefix(u.Path, "/") || strings.HasPrefix(path, "..") {
			return "leads out of the repository"
		}
		if _, err := os.Stat(filepath.Join(repository, path)); err != nil {
			return "no such file"
		}
		if to = byPath[path]; to == nil && u.Fragment != "" {
			return "an anchor of a file that is no page"
		}
	}
	if u.Fragment != "" && !slices.Contains(to.anchors(), u.Fragment) {
		return "no such heading; there are " + strings.Join(to.anchors(), ", ")
	}
	return ""
}

// named are pages that other files tell readers to read.
var named = regexp.MustCompile(`\bdocs/[a-z0-9/-]+\.md\b`)

// TestNamedPages finds every page that sources, plans and help texts name.
func TestNamedPages(t *testing.T) {
	kinds := []string{".go", ".yaml", ".py", ".json", ".md", ""}
	found := 0
	walkFiles(t, func(path string) {
		if !slices.Contains(kinds, filepath.Ext(path)) {
			return
		}
		text, err := readText(filepath.Join(repository, path))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range named.FindAllString(text, -1) {
			found++
			if _, err := os.Stat(filepath.Join(repository, name)); err != nil {
				t.Errorf("%s names %s, which is not there", path, name)
			}
		}
	})
	if found < 20 {
		t.Errorf("only %d names found", found)
	}
}

var (
	testInProse = regexp.MustCompile("`(Test[A-Z][A-Za-z0-9]*)(?:/([^`]+))?`")
	testFunc    = regexp.MustCompile(`(?m)^func (Test[A-Z]\w*)\(`)
	suiteCase   = regexp.MustCompile(`(?m)^\s*\{"([^"]+)", `)
)

// TestNamedTests finds every test that a page names: the function, the script of
// TestScripts and TestPostgres, and the case of the ledgers' suite.
func TestNamedTests(t *testing.T) {
	known, cases := map[string]bool{}, map[string]bool{}
	walkFiles(t, func(path string) {
		suite := strings.HasPrefix(path, "dp/ledger/ledgertest/")
		if !strings.HasSuffix(path, "_test.go") && !suite {
			return
		}
		text, err := readText(filepath.Join(repository, path))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range testFunc.FindAllStringSubmatch(text, -1) {
			known[m[1]] = true
		}
		for _, m := range suiteCase.FindAllStringSubmatch(text, -1) {
			cases[m[1]] = cases[m[1]] || suite
		}
	})
	folders := map[string]string{"TestScripts": "script", "TestPostgres": "postgres"}
	found := 0
	for _, p := range readPages(t) {
		for _, m := range testInProse.FindAllStringSubmatch(p.prose, -1) {
			found++
			name, part := m[1], m[2]
			there := known[name]
			if folder := folders[name]; there && part != "" && folder != "" {
				_, err := os.Stat(filepath.Join("testdata", folder, part+".txtar"))
				there = err == nil
			} else if part != "" && name == "TestSuite" {
				there = cases[part]
			}
			if !there {
				t.Errorf("%s names %s, which is not there", p.path, m[0])
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d names found", found)
	}
}
