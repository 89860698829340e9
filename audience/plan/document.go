// SPDX-License-Identifier: Apache-2.0

package plan

// The types of this file are the plan as it is written. The decoder, the JSON
// Schema and docs/plan.md follow their tags.

type document struct {
	Throng   int           `json:"throng" jsonschema:"required,enum=1" jsonschema_description:"version of the plan's format: 1"`
	Name     string        `json:"name" jsonschema:"required" jsonschema_description:"name of the plan; with account and date the identity of a release: a-z 0-9 _ -, at most 64"`
	Use      string        `json:"use" jsonschema_description:"another plan, by its path from this one: its data, purpose, lookback, let and segments are this one's"`
	About    about         `json:"about" jsonschema_description:"who made the plan"`
	Every    string        `json:"every" jsonschema:"enum=once,enum=day,enum=week,enum=month,default=once" jsonschema_description:"how often it is built: a release is valid until the next one is due"`
	Data     data          `json:"data" jsonschema:"required" jsonschema_description:"where rows about people are"`
	Purpose  string        `json:"purpose" jsonschema:"required,enum=ads,enum=friend_suggestions,enum=marketing_messages,enum=measurement" jsonschema_description:"which opt-outs apply, where a segment says nothing else"`
	Lookback days          `json:"lookback" jsonschema:"required" jsonschema_description:"the oldest event that a rule may see, in days: 400d"`
	Privacy  privacy       `json:"privacy" jsonschema:"required" jsonschema_description:"which account pays, and how much"`
	Let      entries[let]  `json:"let" jsonschema_description:"named values, one a person, or lists of events; rules use them by name"`
	Segments []segment     `json:"segments" jsonschema:"required" jsonschema_description:"the audiences"`
	Release  []item        `json:"release" jsonschema:"required" jsonschema_description:"what is released of them"`
	Tests    []testOfRules `json:"tests" jsonschema_description:"invented people and what the rules say of them"`
}

type about struct {
	Owner     string `json:"owner" jsonschema_description:"who answers for the plan; an address is allowed here"`
	Publisher string `json:"publisher" jsonschema_description:"whose audiences these are"`
}

type data struct {
	TimeZone string         `json:"time_zone" jsonschema:"default=UTC" jsonschema_description:"where days begin and end: a zone of the IANA database"`
	Events   entries[table] `json:"events" jsonschema:"required" jsonschema_description:"tables of events; rules use them by name"`
	People   *people        `json:"people" jsonschema_description:"a table of people; given, these people are everyone"`
	OptOuts  optOuts        `json:"opt_outs" jsonschema:"required" jsonschema_description:"people's choices: one source, a list of them, or none, said aloud"`

	Identities *identities `json:"identities" jsonschema_description:"how a person's keys are tied, where tables have different ones"`
}

// identities say which keys one person may have. Ties come from the table of
// links, and from every table whose rows have a person's key beside a phone
// number.
type identities struct {
	Networks []string `json:"networks" jsonschema_description:"names of the networks whose tables these are; each may have ids of its own"`
	Region   string   `json:"region" jsonschema_description:"where phone numbers without a country code are dialled: GB, DK; without it such numbers are nobody's"`
	Hash     string   `json:"hash" jsonschema:"enum=hmac-sha256,enum=sha256,enum=sha256-digits,default=hmac-sha256" jsonschema_description:"how phone numbers that come hashed were hashed: HMAC-SHA-256 of the E.164 text under the run's identity key, or plain SHA-256 of it with (sha256) or without (sha256-digits) its plus sign"`
	MostKeys *int     `json:"most_keys" jsonschema:"default=3" jsonschema_description:"keys of one network, and phone numbers, that one person may have; who has more is nobody"`
	Links    *links   `json:"links" jsonschema_description:"a table whose rows each hold keys of one person"`
}

type links struct {
	Files  words        `json:"files" jsonschema:"required" jsonschema_description:"Parquet files: paths and globs, relative to the data root"`
	Person personOfLink `json:"person" jsonschema_description:"column that holds the person's key; with networks: one for each, {social: user_id}"`
	Phone  phone        `json:"phone" jsonschema_description:"column that holds a phone number, or {column: …, holds: msisdn or hash}"`
}

type table struct {
	Files   words           `json:"files" jsonschema:"required" jsonschema_description:"Parquet files: paths and globs, relative to the data root"`
	Person  string          `json:"person" jsonschema_description:"column that holds the person's key"`
	Phone   phone           `json:"phone" jsonschema_description:"column that holds a phone number, or {column: …, holds: msisdn or hash}; instead of person or beside it"`
	Network string          `json:"network" jsonschema_description:"one of data.identities.networks: whose table this is"`
	Time    string          `json:"time" jsonschema:"required" jsonschema_description:"column of the event's time"`
	ID      string          `json:"id" jsonschema_description:"column of the event's id: same person and id, one event"`
	Days    string          `json:"days" jsonschema_description:"Hive partition key with one partition a day"`
	Columns entries[column] `json:"columns" jsonschema_description:"renames, types and roles of columns, by the name that rules use"`
	Where   ruleText        `json:"where" jsonschema_description:"a rule on row: the rows that the plan may see at all"`
}

type people struct {
	Files   words           `json:"files" jsonschema:"required" jsonschema_description:"Parquet files: paths and globs, relative to the data root"`
	Person  string          `json:"person" jsonschema_description:"column that holds the person's key"`
	Phone   phone           `json:"phone" jsonschema_description:"column that holds a phone number, or {column: …, holds: msisdn or hash}; instead of person or beside it"`
	Network string          `json:"network" jsonschema_description:"one of data.identities.networks: whose table this is"`
	Age     string          `json:"age" jsonschema_description:"age in years, for the policy's min_age: person.age"`
	Columns entries[column] `json:"columns" jsonschema_description:"renames, types and roles of columns, by the name that rules use"`
}

type column struct {
	Is   string `json:"is" jsonschema_description:"the column's name in the files, if rules call it something else"`
	Type string `json:"type" jsonschema:"enum=bool,enum=int,enum=double,enum=string,enum=timestamp" jsonschema_description:"the column's type"`
	Role string `json:"role" jsonschema:"enum=category" jsonschema_description:"category: its name says key, but its values are few and shared"`
}

type choices struct {
	Files   words  `json:"files" jsonschema:"required" jsonschema_description:"CSV, JSON lines or Parquet files: paths and globs, relative to the data root"`
	Person  string `json:"person" jsonschema_description:"column that holds the person's key"`
	Phone   phone  `json:"phone" jsonschema_description:"column that holds a phone number, or {column: …, holds: msisdn or hash}; instead of person or beside it"`
	Network string `json:"network" jsonschema_description:"one of data.identities.networks: whose keys these are"`
	Purpose string `json:"purpose" jsonschema_description:"column of the purpose: ads, friend_suggestions, marketing_messages, measurement or all; without it: all"`
	From    string `json:"from" jsonschema_description:"column of the first instant; without it: always"`
	Until   string `json:"until" jsonschema_description:"column of the last instant; null or without it: for good"`

	Choice   string              `json:"choice" jsonschema_description:"column that says out or in; without it every row is an opt-out"`
	Cohort   string              `json:"cohort" jsonschema_description:"column of the person's cohort, one of windows"`
	Accepted string              `json:"accepted" jsonschema_description:"column of when the person accepted, for windows of so many days"`
	Windows  entries[windowForm] `json:"windows" jsonschema_description:"when the people of each cohort could choose: until their window is over, silence is no agreement. Without cohort, one window for all"`
	Signals  signalColumns       `json:"signals" jsonschema_description:"columns of consent strings: of a row without any, or with one that cannot be decoded, nothing is allowed for ads"`

	Snapshot string `json:"snapshot,omitempty" jsonschema_description:"a JSON file that whoever provides the choices writes beside every snapshot of them: {\"taken_at\": \"2026-11-09T02:00:00Z\", \"bytes\": 48213}; the policy's max_age needs it"`
}

type windowForm struct {
	Opens  string `json:"opens" jsonschema_description:"the first day, 2016-08-25, or an instant; an opt-in before it counts for nothing"`
	Closes string `json:"closes" jsonschema_description:"the last day, or an instant"`
	Days   int    `json:"days" jsonschema_description:"in place of closes: so many days from acceptance, 30"`
}

type signalColumns struct {
	TCF       string `json:"tcf" jsonschema_description:"column of IAB TCF strings, version 2"`
	GPP       string `json:"gpp" jsonschema_description:"column of IAB GPP strings"`
	USPrivacy string `json:"us_privacy" jsonschema_description:"column of IAB US Privacy strings: 1YNN"`
	GPC       string `json:"gpc" jsonschema_description:"column of Global Privacy Control: true or 1 where it is set"`
	Vendor    int    `json:"vendor" jsonschema_description:"the asker's number in TCF's Global Vendor List, whose consent is asked for too"`
}

type privacy struct {
	Account     string  `json:"account" jsonschema:"required" jsonschema_description:"the ledger account that pays"`
	Epsilon     float64 `json:"epsilon" jsonschema:"required" jsonschema_description:"privacy loss of one build"`
	Delta       float64 `json:"delta" jsonschema:"required" jsonschema_description:"with it: the chance that the promise of epsilon fails; well below 1 in the number of people"`
	PureEpsilon float64 `json:"pure_epsilon,omitempty" jsonschema_description:"what quantiles, and choices that tell which values there are, take of the account's pure line in one build; default: the share that the build takes of the other line"`
	PureDelta   float64 `json:"pure_delta,omitempty" jsonschema_description:"the same of the pure line's delta"`
	MinReach    int64   `json:"min_reach" jsonschema_description:"segments whose released reach is below are withheld"`
	MaxSegments *int    `json:"max_segments" jsonschema_description:"most segments that one person is counted in; needed above 32 segments"`
}

type segment struct {
	ID          string            `json:"id" jsonschema:"required" jsonschema_description:"a-z 0-9 _ -, at most 64; {key} stands for a value of each"`
	Each        entries[[]scalar] `json:"each" jsonschema_description:"values for each.key in the rule and {key} in id, name and description: one segment for each, or for each combination"`
	Name        string            `json:"name" jsonschema_description:"a name for people; default: the id"`
	Description string            `json:"description" jsonschema_description:"what it means, for people"`
	Taxonomy    []string          `json:"taxonomy" jsonschema_description:"ids of the IAB Audience Taxonomy 1.1, quoted"`
	Purpose     string            `json:"purpose" jsonschema:"enum=ads,enum=friend_suggestions,enum=marketing_messages,enum=measurement" jsonschema_description:"which opt-outs apply to it; default: the plan's"`
	Rule        ruleText          `json:"rule" jsonschema:"required" jsonschema_description:"who is in it"`
}

type testOfRules struct {
	Name   string                     `json:"name" jsonschema:"required" jsonschema_description:"what it shows"`
	Date   string                     `json:"date" jsonschema_description:"the run's date; default 2024-06-15"`
	Events entries[[]entries[scalar]] `json:"events" jsonschema_description:"rows of the person by table: columns, and days_ago in place of the time"`
	Person entries[scalar]            `json:"person" jsonschema_description:"the person's row of people"`
	Expect entries[scalar]            `json:"expect" jsonschema_description:"values of lets; null for none"`
	In     []string                   `json:"in" jsonschema_description:"segments that the person is in"`
	NotIn  []string                   `json:"not_in" jsonschema_description:"segments that the person is not in"`
}
