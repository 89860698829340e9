// SPDX-License-Identifier: Apache-2.0

// Package gpp reads strings of IAB Tech Lab's Global Privacy Platform: the header,
// and the sections of the United States, national and of 20 states (7 to 27).
//
// Sections of other places are handed over as they are written. A string that
// does not keep to the specification in every bit is an error: whoever cannot
// read a choice must not act as if there were none. No input makes it panic, and
// none makes it take memory beyond its own length.
//
// Source: https://github.com/InteractiveAdvertisingBureau/Global-Privacy-Platform,
// "Consent String Specification" and the technical specification of each section.
package gpp

// IDs of sections.
const (
	TCFEUv1 = 1 // deprecated
	TCFEUv2 = 2
	TCFCA   = 5
	USPv1   = 6 // US Privacy, in plain text
	USNat   = 7
	USCA    = 8
	USVA    = 9
	USCO    = 10
	USUT    = 11
	USCT    = 12
	USFL    = 13
	USMT    = 14
	USOR    = 15
	USTX    = 16
	USDE    = 17
	USIA    = 18
	USNE    = 19
	USNH    = 20
	USNJ    = 21
	USTN    = 22
	USMN    = 23
	USMD    = 24
	USIN    = 25
	USKY    = 26
	USRI    = 27
)
