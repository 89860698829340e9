// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/throng-dp/throng/dp/ledger"
)

// defaultSchema holds a ledger's tables unless the URL says search_path.
const defaultSchema = "throng"

// A place is where a ledger is: a schema of a database.
type place struct {
	config *pgx.ConnConfig
	schema string
	name   string // for people; without user or password
}

// parameters are what a URL may say. All else could weaken what a ledger relies
// on, such as options=-csynchronous_commit=off.
var parameters = []string{"host", "port", "user", "dbname", "search_path", "service", "servicefile", "passfile",
	"sslmode", "sslrootcert", "sslcert", "sslkey", "sslsni", "sslnegotiation", "connect_timeout", "target_session_attrs"}

var identifier = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,40}$`)

// parse reads a URL such as postgres://throng@db.example/budget?sslmode=verify-full.
// What it leaves out comes from PostgreSQL's environment variables, its service
// and password files. No error quotes the URL: it may hold what must not be seen.
func parse(at string) (*place, error) {
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Opaque != "" || u.Fragment != "" {
		return nil, badURL("write it as postgres://USER@HOST/DATABASE", "not a URL of a PostgreSQL database")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, badURL("", "what follows the question mark is not name=value")
	}
	_, password := u.User.Password()
	if password || q.Has("password") || q.Has("sslpassword") {
		return nil, badURL("a URL is seen by every user of this machine: keep the password in ~/.pgpass, $PGPASSFILE or $PGPASSWORD", "a password in the URL")
	}
	for p, v := range q {
		if !slices.Contains(parameters, p) || len(v) != 1 {
			return nil, badURL("these are known: "+strings.Join(parameters, ", "), "a parameter that is not known, or is given twice")
		}
	}
	p := &place{schema: defaultSchema}
	if q.Has("search_path") {
		if p.schema = q.Get("search_path"); !identifier.MatchString(p.schema) {
			return nil, badURL("search_path is the name of one schema", "search_path is not up to 41 of a-z, 0-9 and _")
		}
	}
	if p.config, err = pgx.ParseConfig(at); err != nil {
		// The cause quotes the URL, and its redaction is best effort.
		return nil, badURL("compare with `psql` and the same URL", "PostgreSQL's driver cannot read it, or a file that it or the environment names")
	}
	p.settle()
	return p, p.guarded()
}

// Valid refuses what is no URL of a ledger, before anything is connected to.
func Valid(at string) error {
	_, err := parse(at)
	return err
}

func badURL(hint, detail string) error {
	return &ledger.Refusal{Reason: ledger.ErrInvalid, Detail: "the ledger's URL: " + detail, Hint: hint}
}

// settle fixes what a session of a ledger is like, whatever the environment says.
func (p *place) settle() {
	c := p.config
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = patience
	}
	c.RuntimeParams = map[string]string{
		"application_name": "throng",
		"search_path":      p.schema,
		"TimeZone":         "UTC",
		"lock_timeout":     strconv.FormatInt(patience.Milliseconds(), 10),
		// Verifying a large ledger may take as long as it takes.
		"statement_timeout": "0",
		// A writer whose machine is gone gives up its turn.
		"idle_in_transaction_session_timeout": strconv.FormatInt((5 * time.Minute).Milliseconds(), 10),
		"tcp_keepalives_idle":                 "15",
		"tcp_keepalives_interval":             "5",
		"tcp_keepalives_count":                "3",
	}
	u := url.URL{Scheme: "postgres", Host: net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))), Path: "/" + c.Database}
	q := url.Values{}
	if strings.HasPrefix(c.Host, "/") {
		u.Host = ""
		q.Set("host", c.Host)
		q.Set("port", strconv.Itoa(int(c.Port)))
	}
	if p.schema != defaultSchema {
		q.Set("search_path", p.schema)
	}
	u.RawQuery = q.Encode()
	p.name = u.String()
}

// guarded refuses a connection over a network that others could read or answer:
// every way to connect must be encrypted, to a server that shows a certificate.
func (p *place) guarded() error {
	ways := []*pgconn.FallbackConfig{{Host: p.config.Host, TLSConfig: p.config.TLSConfig}}
	for _, w := range append(ways, p.config.Fallbacks...) {
		if local(w.Host) {
			continue
		}
		t := w.TLSConfig
		if t == nil || t.InsecureSkipVerify && t.VerifyPeerCertificate == nil && t.VerifyConnection == nil {
			return badURL("add ?sslmode=verify-full&sslrootcert=FILE, or sslrootcert=system",
				"the server is on a network, and nothing would tell it from another or keep the connection from being read")
		}
	}
	return nil
}

// local reports whether a host is this machine.
func local(host string) bool {
	ip := net.ParseIP(host)
	return strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") || host == "localhost" || ip != nil && ip.IsLoopback()
}
