// SPDX-License-Identifier: Apache-2.0

package ledger

import "strings"

// Sub-accounts divide an account: each is a part of it, for a recipient or an
// analyst, with caps of its own. What a part is charged, the whole is charged
// in the same transaction, and both must have room; so however many parts ask,
// together they never draw more than the whole has. All else about them is the
// whole's: lineage, periods, lifetime ceiling, policy.

// Parent returns the account that this one is a part of; empty if it is none.
func (a *Account) Parent() string { return parentOf(a.Name) }

// Whole returns the name of the account that holds the budget of the people:
// its own, or its parent's.
func (a *Account) Whole() string { return wholeOf(a.Name) }

func parentOf(account string) string {
	parent, _, part := strings.Cut(account, "/")
	if !part {
		return ""
	}
	return parent
}

func wholeOf(account string) string {
	whole, _, _ := strings.Cut(account, "/")
	return whole
}

// chargedTo returns the accounts that are charged for one: itself and, of a
// part, the whole.
func chargedTo(account string) []string {
	if parent := parentOf(account); parent != "" {
		return []string{account, parent}
	}
	return []string{account}
}

// root returns the terms of the whole.
func (t *terms) root() *terms {
	if t.whole != nil {
		return t.whole
	}
	return t
}

// charged returns the terms of the accounts that are charged.
func (t *terms) charged() []*terms {
	if t.whole != nil {
		return []*terms{t, t.whole}
	}
	return []*terms{t}
}

// divide makes an account a part of another: what it does not say itself is the
// whole's, and it may say nothing else of that.
func (a *Account) divide(whole *terms, present Cost) error {
	switch {
	case a.Period != 0 && a.Period != whole.Period, a.Calendar != "" && a.Calendar != whole.Calendar,
		a.Ceiling != 0 && a.Ceiling != whole.Ceiling, a.Lineage != "" && a.Lineage != whole.Lineage,
		len(a.Policy.Text) > 0 || a.Policy.Lineage != "":
		return invalid("account %s: period, ceiling, lineage and policy of a sub-account are those of %s", a.Name, whole.Name)
	}
	a.Period, a.Calendar, a.Ceiling, a.Lineage, a.Policy = whole.Period, whole.Calendar, whole.Ceiling, whole.Lineage, whole.Policy
	caps, err := capsOf(a.Lines)
	if err == nil && !caps.within(present) {
		err = invalid("account %s: its budget is larger than that of %s, which it is a part of", a.Name, whole.Name)
	}
	return err
}

// family returns the names of an account and of all that are charged to the
// same whole, the whole first.
func family(tx Tx, account string) ([]string, error) {
	rows, err := tx.Accounts()
	whole := wholeOf(account)
	names := []string{whole}
	for _, r := range rows {
		if r.Parent == whole {
			names = append(names, r.Name)
		}
	}
	return names, err
}
