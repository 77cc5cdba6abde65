package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// The signatures that every language here is held to. The library's clock cannot be set, so that each is judged in a
// bubble of its own, whose clock starts in 2000 and is put forward by sleeping.
func TestVectors(t *testing.T) {
	text, err := os.ReadFile("../../test/vectors/standard-webhooks.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name, Secret, ID, Timestamp, Body, Signature string
		BodyBase64                                   []byte
		Now                                          int64
		Valid                                        bool
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, vector := range vectors {
		t.Run(vector.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(time.Unix(vector.Now, 0)))
				webhook, err := standardwebhooks.NewWebhook(vector.Secret)
				if err != nil {
					t.Fatal(err)
				}
				body := vector.BodyBase64
				if body == nil {
					body = []byte(vector.Body)
				}
				request := httptest.NewRequest(http.MethodPost, "/webhooks/alert", bytes.NewReader(body))
				request.Header.Set("webhook-id", vector.ID)
				request.Header.Set("webhook-timestamp", vector.Timestamp)
				request.Header.Set("webhook-signature", vector.Signature)
				answer := httptest.NewRecorder()
				(&server{webhook: webhook}).routes().ServeHTTP(answer, request)
				// None of them is a notification.
				want := http.StatusUnauthorized
				if vector.Valid {
					want = http.StatusBadRequest
				}
				if answer.Code != want {
					t.Errorf("answered %d, want %d: %s", answer.Code, want, answer.Body)
				}
			})
		})
	}
	t.Logf("%d vectors", len(vectors))
}
