// SPDX-License-Identifier: Apache-2.0

// Package signal says what the consent strings of ads mean for a purpose: IAB TCF
// (version 2), IAB GPP, IAB US Privacy, and Global Privacy Control.
//
// What is unclear is no consent: a string that cannot be decoded, a section or a
// version that is unknown, a person of whom there is no string at all. Of several
// strings the strictest holds. It keeps nothing of what it is given, and its
// errors are none: there is no fault that a person's string could cause.
package signal

import (
	"strings"

	"github.com/prebid/go-gdpr/api"
	"github.com/prebid/go-gdpr/consentconstants"
	"github.com/prebid/go-gdpr/vendorconsent"

	"github.com/throng-dp/throng/audience/consent/gpp"
)

// Strings are what one person's devices sent. Empty: none.
type Strings struct {
	TCF       string // a TC string
	GPP       string
	USPrivacy string // four letters: 1YNN
	GPC       string // of the header Sec-GPC: 1; or true
}

// maxLength is the longest TC string that is read.
const maxLength = 16 << 10

// Purposes of TCF that a purpose needs. Those of ads are consent alone: since
// version 2.2 nothing else is a legal basis for profiles.
var tcfPurposes = map[string]struct{ consent, either []int }{
	"ads":         {consent: []int{1, 3, 4}},
	"measurement": {consent: []int{1}, either: []int{9}},
}

// Speaks tells whether signals say anything about a purpose. They are about ads;
// whether friends are suggested or messages come is another choice.
func Speaks(purpose string) bool { _, ok := tcfPurposes[purpose]; return ok }

// Allows tells whether a person's signals allow a purpose. vendor is the number
// of whoever asks in TCF's Global Vendor List; 0: nobody's consent is asked for
// by name. Purposes that signals do not speak about are allowed.
func Allows(s *Strings, purpose string, vendor int) bool {
	if !Speaks(purpose) {
		return true
	}
	given := 0
	for _, one := range []struct {
		text   string
		allows func(text, purpose string, vendor int) bool
	}{{s.TCF, tcf}, {s.GPP, platform}, {s.USPrivacy, usPrivacy}, {s.GPC, control}} {
		if one.text == "" {
			continue
		}
		if given++; !one.allows(one.text, purpose, vendor) {
			return false
		}
	}
	return given > 0
}

// tcf reads a TC string. A panic of the library is a string that cannot be
// decoded.
func tcf(text, purpose string, vendor int) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	// Version 2; the library passes over ends of lines within the letters.
	if len(text) > maxLength || !strings.HasPrefix(text, "C") || strings.ContainsFunc(text, notOfTC) {
		return false
	}
	c, err := vendorconsent.ParseString(text)
	if err != nil || c.Version() != 2 {
		return false
	}
	need := tcfPurposes[purpose]
	for _, p := range need.consent {
		if !consents(c, p, vendor) {
			return false
		}
	}
	for _, p := range need.either {
		if !consents(c, p, vendor) && !legitimate(c, p, vendor) {
			return false
		}
	}
	return true
}

// notOfTC tells letters that no TC string has.
func notOfTC(r rune) bool {
	return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
}

// What a publisher may restrict a vendor to.
const (
	notAllowed = iota
	needConsent
	needInterest
)

// A metadata is a TC string of version 2 with all that it holds.
type metadata interface {
	api.VendorConsents
	PurposeLITransparency(consentconstants.Purpose) bool
	VendorLegitInterest(uint16) bool
	CheckPubRestriction(purpose, restriction uint8, vendor uint16) bool
}

func consents(c api.VendorConsents, purpose, vendor int) bool {
	if !c.PurposeAllowed(consentconstants.Purpose(purpose)) {
		return false
	}
	if vendor == 0 {
		return true
	}
	m, ok := c.(metadata)
	return ok && c.VendorConsent(uint16(vendor)) &&
		!m.CheckPubRestriction(uint8(purpose), notAllowed, uint16(vendor)) && !m.CheckPubRestriction(uint8(purpose), needInterest, uint16(vendor))
}

func legitimate(c api.VendorConsents, purpose, vendor int) bool {
	m, ok := c.(metadata)
	if !ok || !m.PurposeLITransparency(consentconstants.Purpose(purpose)) {
		return false
	}
	return vendor == 0 || m.VendorLegitInterest(uint16(vendor)) &&
		!m.CheckPubRestriction(uint8(purpose), notAllowed, uint16(vendor)) && !m.CheckPubRestriction(uint8(purpose), needConsent, uint16(vendor))
}

// platform reads a GPP string: every section of it must allow the purpose, and
// one that is unknown allows nothing.
func platform(text, purpose string, vendor int) bool {
	s, err := gpp.Parse(text)
	if err != nil || len(s.Sections) == 0 {
		return false
	}
	for _, x := range s.Sections {
		switch {
		case x.ID == gpp.TCFEUv2:
			if !tcf(x.Text, purpose, vendor) {
				return false
			}
		case x.ID == gpp.USPv1:
			if !usPrivacy(x.Text, purpose, vendor) {
				return false
			}
		case gpp.IsUS(x.ID):
			if !unitedStates(x) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// unitedStates reads a section of the United States: no opt-out of sale, sharing
// or targeted ads, no Global Privacy Control, no known child, and no notice that
// was due and not given.
func unitedStates(x gpp.Section) bool {
	u, err := gpp.DecodeUS(x)
	if err != nil || u.GPC {
		return false
	}
	const yes, no = 1, 2
	for _, name := range []string{gpp.SaleOptOut, gpp.SharingOptOut, gpp.TargetedAdvertisingOptOut} {
		if u.Has(name, yes) {
			return false
		}
	}
	for _, name := range []string{gpp.SaleOptOutNotice, gpp.SharingOptOutNotice, gpp.TargetedAdvertisingOptOutNotice} {
		if u.Has(name, no) {
			return false
		}
	}
	return !u.Has(gpp.KnownChild, yes) && !u.Has(gpp.KnownChild, no)
}

// usPrivacy reads version 1 of the US Privacy string: the version, whether a
// notice was given, whether the person opted out of sale, and a contract. All
// three hyphens: the law does not apply.
func usPrivacy(text, _ string, _ int) bool {
	if len(text) != 4 || text[0] != '1' {
		return false
	}
	for _, c := range text[1:] {
		if !strings.ContainsRune("YN-", c) {
			return false
		}
	}
	if text[1:] == "---" {
		return true
	}
	return text[1] == 'Y' && text[2] == 'N'
}

// control reads Global Privacy Control: set, it is an opt-out.
func control(text, _ string, _ int) bool {
	switch strings.ToLower(text) {
	case "0", "false":
		return true
	}
	return false
}
