// SPDX-License-Identifier: Apache-2.0

// Adserver is an example of an ads system that serves by rules.json: it answers
// over HTTP which segments a user of its own may be served.
//
//	throng export gift-shop@latest --format rules --plan plan.yaml --output rules.json
//	go run ./audience/match/adserver --rules rules.json --profiles profiles.jsonl --opt-outs opt_outs.csv
//	curl -d '{"user": "u1", "purpose": "ads"}' http://127.0.0.1:8080/segments
//
// It keeps what it knows of users in memory, from a file; a real one asks its own
// store. It never logs a user or an answer.
package main

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/throng-dp/throng/audience/match"
)

func main() {
	rules := flag.String("rules", "rules.json", "rules that throng exported")
	profiles := flag.String("profiles", "profiles.jsonl", "what is known of users, a line each")
	optOuts := flag.String("opt-outs", "opt_outs.csv", "who must not be matched: user,purpose")
	maxAge := flag.Duration("opt-outs-max-age", 24*time.Hour, "answer nothing when the opt-outs are older")
	address := flag.String("listen", "127.0.0.1:8080", "address to listen on")
	every := flag.Duration("reload", 10*time.Second, "how often to look for new rules")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := serve(ctx, *rules, *profiles, &optOutFile{path: *optOuts, maxAge: *maxAge, now: time.Now}, *address, *every)
	stop()
	if err != nil {
		slog.Error("stopped", "error", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, rulesFile, profileFile string, choices match.Choices, address string, every time.Duration) error {
	r, err := readRules(rulesFile)
	if err != nil {
		return err
	}
	server, err := match.NewServer(r, choices, time.Now)
	if err != nil {
		return err
	}
	known, err := readProfiles(profileFile, r)
	if err != nil {
		return err
	}
	go watch(ctx, server, rulesFile, every)
	s := &http.Server{Addr: address, Handler: newHandler(server, known), ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = s.Close() // the requests at hand end with it
	}()
	slog.Info("listening", "address", address, "expires", server.Expires())
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func readRules(name string) (*match.Rules, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, err := match.Read(f)
	if err != nil {
		return nil, err
	}
	return match.NewRules(d)
}

// watch serves by new rules as they come. Rules that are gone are taken back:
// nothing is served until there are others.
func watch(ctx context.Context, server *match.Server, name string, every time.Duration) {
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			server.Stop()
			continue
		case err != nil || info.ModTime().Equal(last):
			continue
		}
		last = info.ModTime()
		r, err := readRules(name)
		if err == nil {
			err = server.Replace(r)
		}
		if err != nil {
			slog.Warn("new rules are not served", "error", err)
		}
	}
}
