// SPDX-License-Identifier: Apache-2.0

package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"time"

	"github.com/throng-dp/throng/dp/release"
)

// A Budget is what is left of a ledger's accounts, for who runs them: it names
// plans and what they paid. Tries that failed are not in it.
type Budget struct {
	At       time.Time
	Accounts []Account
}

// An Account is one account in its current period. Shares are of what the period
// can pay for, from 0 to 1.
type Account struct {
	Name, Lineage string
	Lifetime      release.Lifetime
	From, To      time.Time // the period
	Epsilon, Of   float64   // of the period: what was used, and what there is
	Used, Held    float64   // shares: what releases took, and what is set aside for builds that have not ended
	Charges       []Charge  // of the period, oldest first
	BuildsLeft    string    // at the rate of the last releases, in words; empty: not known
	WhatIf        *WhatIf   // nil: no plan was named
}

// A Charge is one release that was paid for.
type Charge struct {
	At         time.Time
	Who        string // the account's part that paid, and whose keys signed
	Plan, Date string
	Epsilon    float64
	Share      float64
	Used       float64 // share of the period, this one included
}

// A WhatIf is one plan at other prices.
type WhatIf struct {
	Plan   string
	Points []Point
}

// A Point is a plan at one ε.
type Point struct {
	Epsilon  float64
	Own      bool // the plan's own
	Share    float64
	Builds   int
	Size     float64 // half-width of an audience's size, in people
	Smallest int     // people in the smallest audience that can be read
	Errors   []Off
}

// An Off is how far off numbers of one kind are, in words.
type Off struct{ Name, Within string }

//go:embed budget.tmpl
var budgetText string

//go:embed budget.css
var budgetStyle string

//go:embed budget.js
var script string

// budgetPolicy lets a browser use one style sheet and run one script, each known
// by its digest, and load nothing.
var budgetPolicy = "default-src 'none'; style-src '" + digest(style+budgetStyle) + "'; script-src '" + digest(script) + "'; base-uri 'none'; form-action 'none'"

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

var budgetPage = template.Must(template.New("budget").Funcs(template.FuncMap{
	"style":  func() template.CSS { return template.CSS(style + budgetStyle) },
	"script": func() template.JS { return template.JS(script) },
	"policy": func() string { return budgetPolicy },
	"dash":   func() string { return dash },
}).Parse(budgetText))

// WriteBudget writes a page of a ledger's accounts: how fast each is used up, who
// spent what, and what a plan would cost and tell at another ε.
func WriteBudget(w io.Writer, b *Budget) error {
	return write(w, budgetPage, newBudgetView(b))
}
