// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A Rules is axe-core, the accessibility rules of Deque Systems, as npm has it.
type Rules struct{ script string }

// Axe reads the rules from the folder into which `make axe` installs them. Where
// they are missing the test is skipped, and in CI it fails.
func Axe(t testing.TB) *Rules {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "tools/axe/node_modules/axe-core/axe.min.js"))
	if err != nil {
		Missing(t, "no axe-core: `make axe` installs it")
	}
	return &Rules{string(text)}
}

// A breach is a rule that a page breaks.
type breach struct {
	ID, Help string
	Targets  []string
}

// Check holds a page to WCAG 2.2 at level AA and to axe's best practices.
func (r *Rules) Check(p *Page) {
	p.t.Helper()
	for _, b := range r.breaches(p) {
		p.t.Errorf("axe %s: %s\n\t%s", b.ID, b.Help, strings.Join(b.Targets, "\n\t"))
	}
}

func (r *Rules) breaches(p *Page) []breach {
	p.t.Helper()
	return Eval[[]breach](p, r.script+`; axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
		.then(r => r.violations.map(v => ({ID: v.id, Help: v.help,
			Targets: v.nodes.slice(0, 3).map(n => n.target.join(" ") + ": " + (n.failureSummary || "").slice(0, 300))})))`)
}
