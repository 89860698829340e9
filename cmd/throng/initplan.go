// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/throng-dp/throng/audience/fault"
	"github.com/throng-dp/throng/audience/plan"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./=*-]+$`)

// choices reads the names of the columns of the opt-outs.
func (o *own) choices(s *session) error {
	path := s.String("opt-outs")
	if path == "none" {
		return nil
	}
	if strings.EqualFold(filepath.Ext(path), ".parquet") {
		f, err := inspectFile(s, path)
		o.optOut = f
		return err
	}
	names, err := csvHeader(path)
	if err != nil {
		return err
	}
	o.optOut = &inspected{File: path}
	for _, name := range names {
		o.optOut.Columns = append(o.optOut.Columns, inspectColumn{Name: name})
	}
	return nil
}

// csvHeader reads the first line of a table in CSV.
func csvHeader(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Consent, Code: "consent.missing", Where: path, Msg: "the opt-outs cannot be read", Err: cause(err)}
	}
	defer f.Close()
	names, err := csv.NewReader(io.LimitReader(f, 1<<20)).Read()
	if errors.Is(err, io.EOF) {
		err = errors.New("the file is empty")
	}
	if err != nil {
		return nil, &fault.Error{Kind: fault.Consent, Code: "consent.unreadable", Where: path, Msg: "the opt-outs have no line of names",
			Hint: "the first line of a CSV file names its columns: user_id,purpose"}
	}
	names[0] = strings.TrimPrefix(names[0], "\ufeff")
	return names, nil
}

// choiceColumns are names that columns of opt-outs often have, by what a plan
// calls them.
var choiceColumns = []struct{ field, names string }{
	{"purpose", `(?i)^(purpose|purposes)$`},
	{"from", `(?i)^(from|opted_out_at|opt_out_at|since|valid_from)$`},
	{"until", `(?i)^(until|expires_at|expires|valid_until|valid_to)$`},
}

// optOuts writes the plan's source of choices.
func (o *own) optOuts() string {
	if o.optOut == nil {
		return "  opt_outs: none              # said aloud: nobody has opted out\n"
	}
	person := ""
	for _, f := range o.files {
		if person == "" {
			person = withRole(f.Columns, "person")
		}
	}
	b := fmt.Sprintf("  opt_outs:                   # whoever is in here is not counted\n    files: %s\n    person: %s\n",
		yamlText(o.optOut.File), yamlText(o.columnLike(person)))
	for _, c := range choiceColumns {
		if name := o.optOut.named(regexp.MustCompile(c.names)); name != "" {
			b += fmt.Sprintf("    %s: %s\n", c.field, yamlText(name))
		}
	}
	return b
}

// columnLike is the column of the opt-outs that holds keys: one of the same
// name as in the events, else the one that was guessed, else that name, which
// `throng check` will miss.
func (o *own) columnLike(person string) string {
	for _, c := range o.optOut.Columns {
		if strings.EqualFold(c.Name, person) {
			return c.Name
		}
	}
	if c := withRole(o.optOut.Columns, "person"); c != "" {
		return c
	}
	return person
}

func (f *inspected) named(like *regexp.Regexp) string {
	for _, c := range f.Columns {
		if like.MatchString(c.Name) {
			return c.Name
		}
	}
	return ""
}

// policy is the owner's half for the files.
func (o *own) policy() string {
	return fmt.Sprintf(`# The owner's half: what every build on the account must keep to. docs/plan.md tells every word.
lineage: %s-people              # whose data; one budget for them, whatever the plan
# people_at_most: 1000000       # a public bound on how many people there are: delta is judged by it
most: {epsilon: 1, delta: 1e-8, segments: 40, lookback: 400d}     # a build
least: {min_reach: 100, min_age: %s}
approval: none
`, o.name, o.ages)
}

// plan writes a plan whose audiences any table of events has: who was there
// lately, often, no more. It ends with the files' own columns as rules see
// them.
func (o *own) plan() string {
	files := dataBlock(o.files)
	files, _, _ = strings.Cut(files, "  opt_outs:")
	var t tableFiles
	for _, t = range tablesOf(o.files) {
		if withRole(t.Columns, "time") != "" {
			break
		}
	}
	data := ""
	if o.away != "" {
		data = " --data " + shell(o.away)
	}
	return strings.NewReplacer("{project}", o.name, "{table}", t.name, "{data}", data, "{block}", files+o.optOuts(),
		"{columns}", columnsOfRules(t)).Replace(ownPlan)
}

// columnsOfRules lists what rules may ask of a table's events, as comments.
func columnsOfRules(t tableFiles) string {
	var b strings.Builder
	for _, c := range t.Columns {
		if !c.Visible || c.Role != "" || c.Type == "" {
			continue
		}
		name, text := c.Name, map[string]string{"string": `== "…"`, "int": ">= 1", "double": ">= 1.0", "bool": "", "timestamp": `>= timestamp("2026-01-01T00:00:00Z")`}
		if !identifier.MatchString(name) {
			name = strings.Trim(notIdentifier.ReplaceAllString(strings.ToLower(name), "_"), "_")
		}
		rule := fmt.Sprintf("%s.exists(e, %s)", t.name, strings.TrimSpace("e."+name+" "+text[c.Type]))
		if plan.KeyColumn(c.Name) {
			rule = fmt.Sprintf("%s.distinct(e, e.%s) >= 3", t.name, name)
		}
		fmt.Fprintf(&b, "#     %s\n", clean(rule))
	}
	return b.String()
}

const ownPlan = `# Audiences of your own events. Try, in this folder:
#
#   throng check plan.yaml{data}       are the rules right?
#   throng explain plan.yaml{data}     what does a build cost, how far off are its numbers?
#   throng build plan.yaml{data}       count yesterday's audiences and release them
#
# docs/plan.md tells every word, docs/rules.md what a rule may ask. Guessed from names and
# types of columns: check every line of data.
throng: 1
name: {project}
every: once                       # once, day, week or month: how often you mean to build it

{block}
purpose: ads                      # which opt-outs apply
lookback: 365d                    # no rule sees an older event
privacy: {account: {project}, epsilon: 1, delta: 1e-8, min_reach: 100}

let:                              # values that every person has, to be used below
  days_90: {table}.filter(e, e.days_ago < 90).distinct(e, e.date)

segments:
  - id: days-365
    name: In {table} in the last 365 days
    rule: {table}.size() > 0
  - id: days-{n}                  # one audience for each value
    each: {n: [7, 30, 90]}
    name: In {table} in the last {n} days
    rule: {table}.exists(e, e.days_ago < each.n)
  - id: often
    name: In {table} on three days or more in the last 90
    rule: days_90 >= 3
  - id: lapsed
    name: In {table} in the last 365 days, not in the last 90
    rule: {table}.size() > 0 && days_90 == 0

release:                          # what leaves; everything else stays
  - reach
  - {overlap: [often, days-30]}
  - {frequency: days_90, bins: [0, 1, 2, 3, 5, 10], segments: [days-365]}

# Audiences of your own ask for columns, as in
{columns}# and add "&& e.days_ago < 30" for the last 30 days. Of amounts release the total:
# spend: {table}.sum(e, e.amount) under let, {sum: spend, min: 0, max: 500} under release.
`
