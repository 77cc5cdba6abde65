import type { Sample } from './sample.ts'

export const go: Sample = {
  name: 'Go',
  install: `go mod init receiver
go get github.com/standard-webhooks/standard-webhooks/libraries/go`,
  fileName: 'main.go',
  run: 'go run .',
  code: ({ path, headerPrefix, comments }) => `package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"sync"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	webhook, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	// ${comments.duplicates}
	var seen sync.Map

	http.HandleFunc("${path}", func(w http.ResponseWriter, r *http.Request) {
		// ${comments.rawBody}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}

		id := r.Header.Get("${headerPrefix}-id")
		headers := http.Header{}
		headers.Set("webhook-id", id)
		headers.Set("webhook-timestamp", r.Header.Get("${headerPrefix}-timestamp"))
		headers.Set("webhook-signature", r.Header.Get("${headerPrefix}-signature"))
		if err := webhook.Verify(body, headers); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}

		if _, isKnown := seen.LoadOrStore(id, true); !isKnown {
			// ${comments.work}
			log.Println(id, string(body))
		}
		w.WriteHeader(http.StatusNoContent)
	})

	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	log.Fatal(http.ListenAndServe("localhost:"+port, nil))
}
`,
}
