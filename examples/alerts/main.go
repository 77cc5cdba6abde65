// A receiver of alerts: Prometheus Alertmanager notifies a Posthorn source, Posthorn delivers, this raises and resolves.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type settings struct {
	webhook           *standardwebhooks.Webhook
	port              uint16
	dataFile          string
	notificationsFile string
}

func readSettings(environment func(string) string) (settings, error) {
	var missing []string
	for _, name := range []string{"WEBHOOK_SECRET", "PORT"} {
		if environment(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return settings{}, fmt.Errorf("missing in the environment: %s", strings.Join(missing, ", "))
	}
	secret := environment("WEBHOOK_SECRET")
	webhook, err := standardwebhooks.NewWebhook(secret)
	// The library takes a secret without a byte, with which anyone can sign.
	if err != nil || secret == "whsec_" {
		return settings{}, errors.New("WEBHOOK_SECRET is no secret: it must be whsec_ and base64")
	}
	port, err := strconv.ParseUint(environment("PORT"), 10, 16)
	if err != nil {
		return settings{}, errors.New("PORT must be a number up to 65535")
	}
	return settings{
		webhook:           webhook,
		port:              uint16(port),
		dataFile:          cmp.Or(environment("DATA_FILE"), "alerts.db"),
		notificationsFile: cmp.Or(environment("NOTIFICATIONS_FILE"), "notifications.log"),
	}, nil
}

func main() {
	settings, err := readSettings(os.Getenv)
	if err == nil {
		err = run(settings)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("stopped")
}

// run serves until SIGTERM or SIGINT.
func run(settings settings) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	store, err := openStore(settings.dataFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.close()) }()
	notifier, err := openNotifier(store, settings.notificationsFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, notifier.close()) }()

	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(int(settings.port))))
	if err != nil {
		return err
	}
	server := &server{settings.webhook, store, notifier}
	httpServer := &http.Server{
		Handler:           server.routes(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       time.Minute,
	}
	failed := make(chan error, 1)
	go func() { failed <- httpServer.Serve(listener) }()
	fmt.Printf("listening on http://%s\n", listener.Addr())

	// These end after the last request, which may leave a notice.
	working, done := context.WithCancel(context.Background())
	var workers sync.WaitGroup
	workers.Go(func() { notifier.run(working) })
	workers.Go(func() { pruneDaily(working, store) })

	select {
	case err = <-failed:
	case <-ctx.Done():
		deadline, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		err = httpServer.Shutdown(deadline)
	}
	done()
	workers.Wait()
	return err
}

func pruneDaily(ctx context.Context, s *store) {
	for {
		if err := s.prune(time.Now()); err != nil {
			fmt.Fprintln(os.Stderr, "cannot forget what is old:", err)
		}
		select {
		case <-time.After(24 * time.Hour):
		case <-ctx.Done():
			return
		}
	}
}
