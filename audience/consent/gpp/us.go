// SPDX-License-Identifier: Apache-2.0

package gpp

import (
	"errors"
	"fmt"
	"strings"
)

// A US is a decoded section of the United States.
//
// Most fields have two bits: 0 does not apply, 1 is yes (a notice was given, the
// person opted out, there is no consent), 2 is no (no notice, no opt-out,
// consent). 3 is an error.
type US struct {
	ID      int
	Version int
	// Fields are the numbers of two bits by the specification's names; of those
	// that are lists, each has its own.
	Fields map[string][]int
	// GPC tells whether Global Privacy Control is set; of sections without it,
	// and where it was left out, it is false.
	GPC bool
}

// A field is a list of numbers of two bits.
type field struct {
	name string
	n    int
}

// A layout is how one version of a section is written.
type layout struct {
	core []field
	gpc  bool    // a second part may hold Global Privacy Control
	more []field // what a second part may hold instead
	// mspa: the core begins with the version of the MSPA; a header with the
	// section's own number may stand before it.
	mspa bool
}

// Words of the specifications.
const (
	SaleOptOut                = "SaleOptOut"
	SharingOptOut             = "SharingOptOut"
	TargetedAdvertisingOptOut = "TargetedAdvertisingOptOut"

	SaleOptOutNotice                = "SaleOptOutNotice"
	SharingOptOutNotice             = "SharingOptOutNotice"
	TargetedAdvertisingOptOutNotice = "TargetedAdvertisingOptOutNotice"

	KnownChild              = "KnownChildSensitiveDataConsents"
	SensitiveDataProcessing = "SensitiveDataProcessing"

	sharingNotice    = "SharingNotice"
	processingNotice = "ProcessingNotice"
	additional       = "AdditionalDataProcessingConsent"
	personalData     = "PersonalDataConsents"
	covered          = "MspaCoveredTransaction"
	optOutMode       = "MspaOptOutOptionMode"
	providerMode     = "MspaServiceProviderMode"
	mspaMode         = "MspaMode"
)

// state is the layout that most states share: notices, choices, sensitive data of
// n kinds, children of so many ages, and what stands behind them.
func state(notice string, sensitive, children int, more ...string) []field {
	fs := []field{{notice, 1}, {SaleOptOutNotice, 1}, {TargetedAdvertisingOptOutNotice, 1}, {SaleOptOut, 1}, {TargetedAdvertisingOptOut, 1},
		{SensitiveDataProcessing, sensitive}, {KnownChild, children}}
	for _, m := range append(more, covered, optOutMode, providerMode) {
		fs = append(fs, field{m, 1})
	}
	return fs
}

// with puts a field behind another one.
func with(fs []field, after, name string) []field {
	var out []field
	for _, f := range fs {
		if out = append(out, f); f.name == after {
			out = append(out, field{name, 1})
		}
	}
	return out
}

func national(sensitive, children int) []field {
	fs := []field{{sharingNotice, 1}, {SaleOptOutNotice, 1}, {SharingOptOutNotice, 1}, {TargetedAdvertisingOptOutNotice, 1},
		{"SensitiveDataProcessingOptOutNotice", 1}, {"SensitiveDataLimitUseNotice", 1}, {SaleOptOut, 1}, {SharingOptOut, 1}, {TargetedAdvertisingOptOut, 1},
		{SensitiveDataProcessing, sensitive}, {KnownChild, children}, {personalData, 1}, {covered, 1}, {optOutMode, 1}, {providerMode, 1}}
	return fs
}

// late is the core of the sections that came last (24 to 27).
func late(children bool) []field {
	fs := []field{{covered, 1}, {mspaMode, 1}, {processingNotice, 1}, {SaleOptOutNotice, 1}, {TargetedAdvertisingOptOutNotice, 1},
		{SaleOptOut, 1}, {TargetedAdvertisingOptOut, 1}}
	if children {
		fs = append(fs, field{KnownChild, 1})
	}
	return append(fs, field{additional, 1})
}

// layouts by section and version.
var layouts = map[int]map[int]layout{
	USNat: {1: {core: national(12, 2), gpc: true}, 2: {core: national(16, 3), gpc: true}},
	USCA: {1: {core: []field{{SaleOptOutNotice, 1}, {SharingOptOutNotice, 1}, {"SensitiveDataLimitUseNotice", 1}, {SaleOptOut, 1}, {SharingOptOut, 1},
		{SensitiveDataProcessing, 9}, {KnownChild, 2}, {personalData, 1}, {covered, 1}, {optOutMode, 1}, {providerMode, 1}}, gpc: true}},
	USVA: {1: {core: state(sharingNotice, 8, 1)}},
	USCO: {1: {core: state(sharingNotice, 7, 1), gpc: true}},
	USUT: {1: {core: with(state(sharingNotice, 8, 1), TargetedAdvertisingOptOutNotice, "SensitiveDataProcessingOptOutNotice")}},
	USCT: {1: {core: state(sharingNotice, 8, 3), gpc: true}},
	USFL: {1: {core: state(processingNotice, 8, 3, additional)}},
	USMT: {1: {core: state(sharingNotice, 8, 3, additional), gpc: true}},
	USOR: {1: {core: state(processingNotice, 11, 3, additional), gpc: true}},
	USTX: {1: {core: state(processingNotice, 8, 1, additional), gpc: true}},
	USDE: {1: {core: state(processingNotice, 9, 5, additional), gpc: true}},
	USIA: {1: {core: with(state(processingNotice, 8, 1), TargetedAdvertisingOptOutNotice, "SensitiveDataOptOutNotice"), gpc: true}},
	USNE: {1: {core: state(processingNotice, 8, 1, additional), gpc: true}},
	USNH: {1: {core: state(processingNotice, 8, 3, additional), gpc: true}},
	USNJ: {1: {core: state(processingNotice, 10, 5, additional), gpc: true}},
	USTN: {1: {core: state(processingNotice, 8, 1, additional), gpc: true}},
	USMN: {1: {core: state(processingNotice, 8, 1, additional), gpc: true}},
	USMD: {1: {core: late(false), gpc: true, mspa: true}},
	USIN: {1: {core: late(true), more: []field{{SensitiveDataProcessing, 8}}, mspa: true}},
	USKY: {1: {core: late(true), more: []field{{SensitiveDataProcessing, 8}}, mspa: true}},
	USRI: {1: {core: late(true), more: []field{{SensitiveDataProcessing, 8}}, mspa: true}},
}

// IsUS tells whether a section is one that DecodeUS reads.
func IsUS(id int) bool { return layouts[id] != nil }

// DecodeUS reads a section of the United States, 7 to 27.
func DecodeUS(s Section) (*US, error) {
	versions := layouts[s.ID]
	if versions == nil {
		return nil, fmt.Errorf("gpp: section %d is none of the United States", s.ID)
	}
	if len(s.Text) > MaxLength {
		return nil, fmt.Errorf("gpp: longer than %d bytes", MaxLength)
	}
	u := &US{ID: s.ID, Fields: map[string][]int{}}
	core, parts, err := u.begin(s, versions[1].mspa)
	if err != nil {
		return nil, err
	}
	l, ok := versions[u.Version]
	if !ok {
		return nil, fmt.Errorf("gpp: version %d of section %d is unknown", u.Version, s.ID)
	}
	if err := u.read(core, l.core); err != nil {
		return nil, err
	}
	switch {
	case len(parts) == 1:
		return u, nil
	case len(parts) > 2:
		return nil, errors.New("gpp: more parts than the section has")
	}
	rest, err := bitsOf(parts[1])
	switch {
	case err != nil:
		return nil, err
	case l.gpc:
		return u, u.readGPC(rest)
	case l.more != nil:
		return u, u.read(rest, l.more)
	}
	return nil, errors.New("gpp: more parts than the section has")
}

// begin reads the version, and returns what follows it and all parts from the core
// on.
func (u *US) begin(s Section, mspa bool) (core *bits, parts []string, err error) {
	parts = strings.Split(s.Text, ".")
	if core, err = bitsOf(parts[0]); err != nil {
		return nil, nil, err
	}
	if u.Version, err = core.int(6); err != nil {
		return nil, nil, err
	}
	// Sections from 24 on may begin with a header: their own number, a version
	// and a list of parts. Writers leave it out.
	if !mspa || u.Version != s.ID || len(parts) == 1 {
		return core, parts, nil
	}
	if u.Version, err = core.int(6); err != nil || u.Version != 1 {
		return nil, nil, fmt.Errorf("gpp: section %d has an unknown version", s.ID)
	}
	parts = parts[1:]
	if core, err = bitsOf(parts[0]); err != nil {
		return nil, nil, err
	}
	if v, err := core.int(6); err != nil || v == 0 {
		return nil, nil, errors.New("gpp: no version of the MSPA")
	}
	return core, parts, nil
}

func (u *US) read(b *bits, fields []field) error {
	for _, f := range fields {
		list := make([]int, f.n)
		for i := range list {
			v, err := b.int(2)
			if err != nil {
				return err
			}
			if v == 3 {
				return fmt.Errorf("gpp: %s has a value that means nothing", f.name)
			}
			list[i] = v
		}
		u.Fields[f.name] = list
	}
	return b.end()
}

func (u *US) readGPC(b *bits) error {
	typ, err := b.int(2)
	if err != nil {
		return err
	}
	if typ != 1 {
		return errors.New("gpp: an unknown part")
	}
	gpc, err := b.bit()
	if err != nil {
		return err
	}
	u.GPC = gpc == 1
	return b.end()
}

// Has tells whether a field has a value, in one of its places.
func (u *US) Has(name string, value int) bool {
	for _, v := range u.Fields[name] {
		if v == value {
			return true
		}
	}
	return false
}
