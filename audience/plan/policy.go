// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/throng-dp/throng/dp/ledger"
	"go.yaml.in/yaml/v4"
)

// policy is the owner's half as it is written.
type policy struct {
	Lineage      string        `json:"lineage" jsonschema:"required" jsonschema_description:"whose data; one budget of its people, whatever the plan or purpose"`
	PeopleAtMost int64         `json:"people_at_most" jsonschema_description:"public bound on how many people there are; delta is judged by it"`
	Most         policyMost    `json:"most" jsonschema_description:"limits of a build"`
	Least        policyLeast   `json:"least" jsonschema_description:"what a build must have at least"`
	OptOuts      policyOptOuts `json:"opt_outs" jsonschema_description:"limits of the source of choices"`
	NeverRead    []string      `json:"never_read" jsonschema_description:"columns that are never opened, whatever the table"`
	Sensitive    []string      `json:"sensitive" jsonschema_description:"classes of sensitive audiences that builds may count all the same: health, politics, religion and others of docs/plan.md; default: none"`
	Approval     string        `json:"approval" jsonschema:"enum=none,enum=required" jsonschema_description:"required: a build needs the signature of an approver under what its plan counts and its price"`
	Production   truth         `json:"production" jsonschema_description:"a build needs a signed descriptor of the lineage beside its data"`
}

type policyMost struct {
	Epsilon     float64 `json:"epsilon" jsonschema_description:"privacy loss of one build"`
	Delta       float64 `json:"delta" jsonschema_description:"delta of one build"`
	PureEpsilon float64 `json:"pure_epsilon" jsonschema_description:"of one build on the account's pure line, beside its counts; default: epsilon"`
	PureDelta   float64 `json:"pure_delta" jsonschema_description:"the same for delta"`
	Segments    int     `json:"segments" jsonschema_description:"segments of a plan"`
	Lookback    days    `json:"lookback" jsonschema_description:"the longest lookback, in days: 400d"`
}

type policyLeast struct {
	MinReach int64 `json:"min_reach" jsonschema_description:"the lowest min_reach of a plan"`
	MinAge   years `json:"min_age" jsonschema_description:"years, or none, said aloud; default 18"`
}

type policyOptOuts struct {
	MaxAge    hours `json:"max_age" jsonschema_description:"how old the source may be: 24h or 2d"`
	MaxShrink share `json:"max_shrink" jsonschema_description:"how much smaller it may have become: 5%"`

	Late string `json:"late" jsonschema:"enum=honoured,enum=ignored,default=honoured" jsonschema_description:"what becomes of opt-outs made after their person's window: ignored ones are named in every manifest"`
}

// years is a whole number, or the word none.
type years int

func (t *years) fromNode(d *decoder, n *yaml.Node, what string) {
	if isPlain(n) && n.Value == "none" {
		return
	}
	i, err := strconv.Atoi(n.Value)
	if !isPlain(n) || !intPattern.MatchString(n.Value) || err != nil || i < 1 || i > 120 {
		d.add(placeOf(n), what+" must be years, or none", "min_age: 18")
		return
	}
	*t = years(i)
}

// truth is true or false, and no other word for them.
type truth bool

func (t *truth) fromNode(d *decoder, n *yaml.Node, what string) {
	if !isPlain(n) || n.Value != "true" && n.Value != "false" {
		d.add(placeOf(n), what+" must be true or false", "")
		return
	}
	*t = n.Value == "true"
}

var hoursPattern = regexp.MustCompile(`^([1-9][0-9]{0,4})(h|d)$`)

// hours is a time written 24h or 2d.
type hours time.Duration

func (t *hours) fromNode(d *decoder, n *yaml.Node, what string) {
	m := hoursPattern.FindStringSubmatch(n.Value)
	if n.Kind != yaml.ScalarNode || m == nil {
		d.add(placeOf(n), what+" must be hours or days", "write 24h or 2d")
		return
	}
	i, _ := strconv.Atoi(m[1]) // five digits at most
	unit := time.Hour
	if m[2] == "d" {
		unit *= 24
	}
	*t = hours(time.Duration(i) * unit)
}

var sharePattern = regexp.MustCompile(`^(0|[1-9][0-9]?|100)(\.[0-9]+)?%$`)

// share is a part of a whole, written 5%.
type share float64

func (t *share) fromNode(d *decoder, n *yaml.Node, what string) {
	if n.Kind != yaml.ScalarNode || !sharePattern.MatchString(n.Value) {
		d.add(placeOf(n), what+" must be a share", "write 5%")
		return
	}
	f, _ := strconv.ParseFloat(n.Value[:len(n.Value)-1], 64)
	if f > 100 {
		d.add(placeOf(n), what+" is more than all", "write 5%")
	}
	*t = share(f / 100)
}

// adult is the least age where a policy names none: leaving ages out must be
// said aloud.
const adult = 18

// ParsePolicy reads the owner's policy (docs/plan.md), as strictly as a plan.
func ParsePolicy(name string, text []byte) (*ledger.Policy, error) {
	fs := &faults{file: name}
	root := readYAML(text, fs)
	if root == nil {
		return nil, fs.err()
	}
	if hasField(root, "throng") {
		fs.add(placeOf(root), "a plan, not a policy", "a policy begins with lineage: NAME, whose data they are; throng build takes the plan")
		return nil, fs.err()
	}
	var p policy
	d := &decoder{faults: fs, nodes: map[any]*yaml.Node{}}
	d.value(reflect.ValueOf(&p).Elem(), root, "the policy")
	checkPolicy(d, &p)
	if err := fs.err(); err != nil {
		return nil, err
	}
	out := &ledger.Policy{
		Lineage: p.Lineage, PeopleAtMost: p.PeopleAtMost, NeverRead: p.NeverRead, Sensitive: p.Sensitive, Approval: p.Approval, Production: bool(p.Production), Text: text,
		Most: ledger.Most{Epsilon: p.Most.Epsilon, Delta: p.Most.Delta, PureEpsilon: p.Most.PureEpsilon,
			PureDelta: p.Most.PureDelta, Segments: p.Most.Segments, Lookback: int(p.Most.Lookback)},
		Least:   ledger.Least{MinReach: p.Least.MinReach, MinAge: int(p.Least.MinAge)},
		OptOuts: ledger.OptOuts{MaxAge: time.Duration(p.OptOuts.MaxAge), MaxShrink: float64(p.OptOuts.MaxShrink), IgnoreLate: p.OptOuts.Late == "ignored"},
	}
	if out.Approval == "" {
		out.Approval = "none"
	}
	if d.nodes[&p.Least.MinAge] == nil {
		out.Least.MinAge = adult
	}
	return out, nil
}

func checkPolicy(d *decoder, p *policy) {
	if p.Lineage != "" && !idPattern.MatchString(p.Lineage) {
		d.add(d.at(&p.Lineage), fmt.Sprintf("lineage %q", p.Lineage), idHint)
	}
	for _, limit := range []struct {
		address any
		bad     bool
		name    string
	}{
		{&p.PeopleAtMost, p.PeopleAtMost < 1, "people_at_most"},
		{&p.Most.Epsilon, p.Most.Epsilon <= 0, "epsilon"},
		{&p.Most.Delta, p.Most.Delta <= 0 || p.Most.Delta >= 1, "delta"},
		{&p.Most.PureEpsilon, p.Most.PureEpsilon <= 0, "pure_epsilon"},
		{&p.Most.PureDelta, p.Most.PureDelta <= 0 || p.Most.PureDelta >= 1, "pure_delta"},
		{&p.Most.Segments, p.Most.Segments < 1, "segments"},
		{&p.Least.MinReach, p.Least.MinReach < 0, "min_reach"},
	} {
		if n := d.nodes[limit.address]; n != nil && limit.bad && floatPattern.MatchString(n.Value) && isPlain(n) {
			d.add(placeOf(n), limit.name+" is out of range", "leave it out for no limit")
		}
	}
	if n := d.nodes[&p.Most.Epsilon]; n != nil && d.nodes[&p.Most.Delta] == nil {
		// A plan would take a larger delta, and with it several times the budget.
		d.add(placeOf(n), "an epsilon bounds nothing without a delta", "add delta: 1e-8")
	}
	for i := range p.Sensitive {
		if c := p.Sensitive[i]; c != "" && !slices.Contains(SensitiveClasses(), c) {
			d.add(d.at(&p.Sensitive[i]), fmt.Sprintf("no class of sensitive audiences: %q", c), d.suggest(c, SensitiveClasses()))
		}
	}
}
