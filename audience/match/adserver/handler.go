// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/throng-dp/throng/audience/match"
)

// A request asks for a user's segments. It comes in a body, not in the address:
// addresses stand in logs.
type request struct {
	User    string `json:"user"`
	Purpose string `json:"purpose"`
	Segment string `json:"segment,omitempty"` // this one alone
}

type answer struct {
	Segments []match.Served `json:"segments"`
	Expires  *time.Time     `json:"expires"` // ask again after it; null: never
}

type refusal struct {
	Refused string `json:"refused"`
}

// largest is how long a request may be, in bytes.
const largest = 4 << 10

func newHandler(server *match.Server, known profiles) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /segments", func(w http.ResponseWriter, r *http.Request) {
		var q request
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, largest))
		d.DisallowUnknownFields()
		if err := d.Decode(&q); err != nil || q.User == "" || q.Purpose == "" {
			reply(w, http.StatusBadRequest, refusal{`send {"user": "…", "purpose": "ads"}`})
			return
		}
		if q.Segment != "" {
			if err := server.Serves(q.Segment); err != nil {
				reply(w, status(err), refusal{err.Error()})
				return
			}
		}
		// A stranger is asked about like everybody else, and is in nothing: the
		// answer does not tell who is known.
		p := known[q.User]
		if p == nil {
			p = &match.Person{Key: q.User}
		}
		served, err := server.Segments(r.Context(), p, q.Purpose)
		if err != nil {
			reply(w, status(err), refusal{reason(err)})
			return
		}
		a := answer{Segments: []match.Served{}}
		for _, s := range served {
			if known[q.User] != nil && (q.Segment == "" || q.Segment == s.ID) {
				a.Segments = append(a.Segments, s)
			}
		}
		if x := server.Expires(); !x.IsZero() {
			a.Expires = &x
		}
		reply(w, http.StatusOK, a)
	})
	return mux
}

func status(err error) int {
	switch {
	case errors.Is(err, match.ErrUnknown):
		return http.StatusNotFound
	case errors.Is(err, match.ErrStopped), errors.Is(err, match.ErrExpired):
		return http.StatusGone
	}
	return http.StatusServiceUnavailable
}

// reason is what a caller is told: an error of a source may name a user.
func reason(err error) string {
	if slices.ContainsFunc([]error{match.ErrExpired, match.ErrStopped, match.ErrUnknown}, func(is error) bool { return errors.Is(err, is) }) {
		return err.Error()
	}
	return "people's choices cannot be told"
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever asked may be gone
}
