package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/klog/v2"

	"github.com/patchwave/patchwave/cluster"
	"github.com/patchwave/patchwave/controller"
	"github.com/patchwave/patchwave/gitsrc"
	"github.com/patchwave/patchwave/report"
	"github.com/patchwave/patchwave/spec"
)

func runCommand(access *access) *cobra.Command {
	flags := runFlags{}
	cmd := &cobra.Command{
		Use:   "run (--config FILE | --url URL --namespaces NAMESPACE[,NAMESPACE])",
		Short: "Follow the plans in Git and roll out what they say",
		Long: "Follow the plans in Git and roll out what they say, until SIGTERM: writes under way are then ended,\n" +
			"and the next process carries on from what it finds. Runs inside a cluster and outside; of several\n" +
			"processes with the same instance name that share a namespace one works, by a Lease in each of their namespaces.",
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flags.check(cmd); err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			klog.SetSlogLogger(log) // client-go's own words
			config, err := flags.load(cmd)
			if err != nil {
				return err
			}
			connection, err := access.connect()
			if err != nil {
				return err
			}
			if err := greet(connection, log); err != nil {
				return err
			}
			return run(cmd.Context(), config, flags.data, connection, log)
		},
	}
	flags.declare(cmd)
	return cmd
}

// run leads, and while it leads it works.
func run(ctx context.Context, config spec.Config, data string, connection *cluster.Connection, log *slog.Logger) error {
	var sources []*gitsrc.Source
	for _, source := range config.Sources {
		opened, err := openSource(source, filepath.Join(data, config.Name, source.Name))
		if err != nil {
			return fmt.Errorf("opening source %q: %w", source.Name, err)
		}
		if config.GitHub != nil && source.Repository() == "" {
			log.Warn("the URL names no owner/name on GitHub: no statuses are written for this source", "source", source.Name)
		}
		sources = append(sources, opened)
	}
	github, err := newGitHub(config.GitHub, log)
	if err != nil {
		return err
	}
	log.Info("patchwave starts", "version", built(), "instance", config.Name, "sources", len(sources))
	err = cluster.Lead(ctx, connection, config.Name, namespaces(config), log, func(ctx context.Context, led *cluster.Connection) error {
		return work(ctx, config, sources, led, github, log)
	})
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	log.Info("patchwave stops")
	return err
}

// openSource prepares to follow a source, whose copy lies in dir.
func openSource(source spec.Source, dir string) (*gitsrc.Source, error) {
	return gitsrc.Open(gitsrc.Options{
		URL: source.URL, Branch: source.Branch, Path: source.Path, TokenFile: source.Auth.TokenFile,
		Wanted: spec.PlanFile, Dir: dir,
	})
}

// work runs everything that only the leader does.
func work(ctx context.Context, config spec.Config, sources []*gitsrc.Source, connection *cluster.Connection, github *report.GitHub, log *slog.Logger) error {
	loop := &controller.Loop{Now: connection.Now, Log: log, Hours: config.Hours(), Namespaces: namespaces(config), Reaches: map[string][]string{}}
	world, err := cluster.Watch(ctx, connection, config.Name, loop.Namespaces, loop.Wake, log)
	if err != nil {
		return err
	}
	events := cluster.NewEvents(world)
	defer events.Stop()
	loop.World, loop.Archive = world, world
	audience := newAudience(config, events, github, log)
	loop.Audience = audience
	var group sync.WaitGroup
	group.Go(func() { world.OpenGates(ctx) })
	if github != nil {
		github.WriteWhile(connection.Leads)
		group.Go(func() { github.Run(ctx) })
	}
	for _, source := range config.Sources {
		loop.Sources = append(loop.Sources, source.Name)
		loop.Reaches[source.Name] = source.Namespaces
	}
	var read sync.WaitGroup // each source, or tried to
	announcer := newAnnouncer(config.Sources, connection.Announce, loop.Unreadable, connection.Now, log)
	bell := newBell(config.Sources, audience.desk)
	for i, source := range config.Sources {
		read.Add(1)
		follower := follower{source: source, git: sources[i], read: loop.Read, look: func() func() { return loop.Look(source.Name) }, kept: world.Records, moved: bell.mover(source), polled: announcer.of(source), tried: sync.OnceFunc(read.Done), wake: bell.wake[i], now: connection.Now, log: log}
		group.Go(func() { follower.follow(ctx) })
		if github != nil && source.Repository() != "" {
			group.Go(func() { audience.previewer(source, sources[i], world, world.Now).Follow(ctx) })
		}
	}
	if config.GitHub != nil && config.GitHub.Webhook != nil {
		group.Go(func() { bell.listen(ctx, *config.GitHub.Webhook, log) })
	}
	group.Go(func() {
		waitAtMost(ctx, &read, firstRead)
		loop.Run(ctx)
	})
	group.Wait()
	return nil
}

// firstRead is how long the loop waits for Git at a start; what is under way
// is then finished without it.
const firstRead = 15 * time.Second

func waitAtMost(ctx context.Context, group *sync.WaitGroup, most time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, most)
	go func() {
		group.Wait()
		cancel()
	}()
	<-ctx.Done()
	cancel()
}

func newGitHub(config *spec.GitHub, log *slog.Logger) (*report.GitHub, error) {
	if config == nil {
		return nil, nil
	}
	options := report.GitHubOptions{
		BaseURL: config.BaseURL, TokenFile: config.TokenFile, CAFile: config.CAFile, Proxy: config.Proxy, Logger: log,
	}
	if app := config.App; app != nil {
		options.App = &report.GitHubApp{ID: app.AppID, Installation: app.InstallationID, KeyFile: app.PrivateKeyFile}
	}
	github, err := report.NewGitHub(options)
	if err != nil {
		return nil, fmt.Errorf("preparing to write to GitHub: %w", err)
	}
	return github, nil
}

// namespaces are those of all sources, each once.
func namespaces(config spec.Config) []string {
	var names []string
	for _, source := range config.Sources {
		names = append(names, source.Namespaces...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// runFlags are a configuration file, or the flags of the one-source case.
type runFlags struct {
	config, data string
	name         string
	source       spec.Source
	interval     lasting
	github       spec.GitHub
}

func (f *runFlags) declare(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "configuration file; instead of the flags that describe one source")
	flags.StringVar(&f.data, "data", defaultData(), "folder for copies of the repositories; may be lost")
	flags.StringVar(&f.name, "name", spec.DefaultInstance, "name of this instance, in every commit status")
	flags.StringVar(&f.source.URL, "url", "", "repository of the plans")
	flags.StringVar(&f.source.Branch, "branch", spec.DefaultBranch, "branch to follow")
	flags.StringVar(&f.source.Path, "path", spec.DefaultPath, "folder of the plans in the repository")
	f.interval = lasting(spec.DefaultInterval)
	flags.Var(&f.interval, "interval", "how often to look for a new commit")
	flags.StringSliceVar(&f.source.Namespaces, "namespaces", nil, "the only namespaces that the plans may touch")
	flags.StringVar(&f.source.Auth.TokenFile, "token-file", "", "file with a token for the repository")
	flags.StringVar(&f.github.BaseURL, "github-url", "", "GitHub's REST API, to write commit statuses (default: "+spec.DefaultGitHubURL+" where --github-token-file is given)")
	flags.StringVar(&f.github.TokenFile, "github-token-file", "", "file with a token that may write commit statuses")
}

// inConfig are the fields of a configuration that flags stand for.
var inConfig = map[string]string{
	"name": "name", "url": "sources[].url", "branch": "sources[].branch", "path": "sources[].path", "interval": "sources[].interval",
	"namespaces": "sources[].namespaces", "token-file": "sources[].auth.tokenFile",
	"github-url": "github.baseURL", "github-token-file": "github.tokenFile",
}

// check refuses flags that do not go together, or are too few.
func (f *runFlags) check(cmd *cobra.Command) error {
	for _, flag := range slices.Sorted(maps.Keys(inConfig)) {
		if f.config != "" && cmd.Flags().Changed(flag) {
			return fmt.Errorf("--%s belongs into %s, as %s: leave the flag out", flag, f.config, inConfig[flag])
		}
	}
	switch {
	case f.config != "":
		return nil
	case f.source.URL == "":
		return errors.New("give --config FILE, or --url URL and --namespaces NAMESPACE[,NAMESPACE]")
	case len(f.source.Namespaces) == 0:
		return errNoNamespaces
	}
	f.source.Namespaces = trimmed(f.source.Namespaces)
	return nil
}

// trimmed are names of a list that may be written with blanks.
func trimmed(names []string) []string {
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

// greet finds out before anything else whether the API server takes us. One that
// is away may come back.
func greet(connection *cluster.Connection, log *slog.Logger) error {
	err := connection.Greet()
	if err != nil && cluster.IsTurnedAway(err) {
		return err
	}
	if err != nil {
		log.Warn("the API server does not answer; trying again", "error", connection.Explain(err))
	}
	return nil
}

func defaultData() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "patchwave")
}
