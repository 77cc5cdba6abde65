package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	// What Posthorn takes in by default.
	maxBody = 1 << 20
	// How long a resolved alert is listed.
	listedFor = 24 * time.Hour
)

//go:embed alerts.tmpl
var pageText string

// The template escapes: what an alert says is text, whatever it holds.
var page = template.Must(template.New("alerts").Parse(pageText))

type server struct {
	webhook  *standardwebhooks.Webhook
	store    *store
	notifier *notifier
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhooks/alert", s.receive)
	mux.HandleFunc("GET /alerts", s.list)
	return mux
}

// receive answers 2xx once the notification and all that follows from it is on disk. People are told afterwards.
func (s *server) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "the body ended early", http.StatusBadRequest)
		return
	}
	// On the bytes as they came: parsed and written again they would be others.
	if err := s.webhook.Verify(body, r.Header); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	id, now := r.Header.Get(standardwebhooks.HeaderWebhookID), time.Now()
	told, err := parseNotification(body, id, now)
	if err != nil {
		http.Error(w, "this is no notification of Alertmanager's: "+err.Error(), http.StatusBadRequest)
		return
	}
	outcome, err := s.store.receive(id, told, now)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot store:", err)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "the notification cannot be stored", http.StatusServiceUnavailable)
		return
	}
	s.notifier.changed()
	fmt.Printf("received  %s  %s\n", id, outcome)
	// Posthorn shows this beside the attempt.
	fmt.Fprintln(w, outcome)
}

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	open, ended, err := s.store.list(time.Now().Add(-listedFor))
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot list:", err)
		http.Error(w, "the alerts cannot be read", http.StatusInternalServerError)
		return
	}
	alerts := struct {
		Open     []alert `json:"open"`
		Resolved []alert `json:"resolved"`
	}{open, ended}
	header := w.Header()
	header.Set("Vary", "Accept")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Content-Security-Policy", "default-src 'none'")
		err = page.Execute(w, alerts)
	} else {
		header.Set("Content-Type", "application/json")
		err = json.NewEncoder(w).Encode(alerts)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot write the list:", err)
	}
}
