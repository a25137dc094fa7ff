package spec

import (
	"errors"
	"time"

	"github.com/patchwave/patchwave/calendar"
	"github.com/patchwave/patchwave/schema"
)

// Config is the operator's configuration of one instance of patchwave, with
// the defaults filled in. Paths of files in it are relative to the working
// directory of the process.
type Config struct {
	// Name is this instance's, and part of every commit status and comment;
	// "patchwave" by default.
	Name string `json:"name,omitempty"`
	// Sources are the repositories plans are read from; at least one.
	Sources []Source `json:"sources"`
	// GitHub is where statuses and comments go; nil: nowhere.
	GitHub *GitHub `json:"github,omitempty"`
	// Windows are when pods of any plan may be started; none: at any time.
	Windows []calendar.Window `json:"windows,omitempty"`
	// Freezes are when no plan starts a pod.
	Freezes []calendar.Freeze `json:"freezes,omitempty"`
}

// Source is a folder of plans on a branch of a Git repository.
type Source struct {
	// Name is unique among the sources.
	Name string `json:"name"`
	// URL is an http, https or file URL, or an absolute path, without secrets.
	URL string `json:"url"`
	// Branch is a branch's short name; "main" by default.
	Branch string `json:"branch,omitempty"`
	// Path is the folder of plans as fs.Sub takes it; "." by default.
	Path string `json:"path,omitempty"`
	// Interval is how often the branch is looked at; 1m by default, at least 1s.
	Interval Duration `json:"interval,omitempty"`
	// Auth is how to sign in at the repository; zero: not at all.
	Auth Auth `json:"auth,omitzero"`
	// Namespaces are the only ones the source's plans may touch; empty: none.
	Namespaces []string `json:"namespaces,omitempty"`
}

// Auth is how to sign in at a repository.
type Auth struct {
	// TokenFile holds an access token.
	TokenFile string `json:"tokenFile,omitempty"`
}

// GitHub is where commit statuses and comments are written, and how to sign in:
// by a token or as an App.
type GitHub struct {
	// BaseURL is the REST API's; "https://api.github.com/" by default.
	BaseURL string `json:"baseURL,omitempty"`
	// TokenFile holds the token to write with.
	TokenFile string `json:"tokenFile,omitempty"`
	// App signs in as a GitHub App instead; nil: by the token.
	App *App `json:"app,omitempty"`
	// CAFile holds certificates, in PEM, trusted beside the system's; empty: none.
	CAFile string `json:"caFile,omitempty"`
	// Proxy is the proxy's URL; empty: as the environment says.
	Proxy string `json:"proxy,omitempty"`
	// TargetURL is what commit statuses link to; empty: nothing.
	TargetURL string `json:"targetURL,omitempty"`
	// Forks is what a pull request from a fork is shown: SchemaOnly, the default,
	// or Preview.
	Forks string `json:"forks,omitempty"`
	// Preview is how much a comment shows: Full, the default, or Summary.
	Preview string `json:"preview,omitempty"`
	// Webhook receives GitHub's events; nil: none are taken.
	Webhook *Webhook `json:"webhook,omitempty"`
}

// App is an installation of a GitHub App.
type App struct {
	AppID          int64 `json:"appID"`
	InstallationID int64 `json:"installationID"`
	// PrivateKeyFile holds the App's private key, in PEM.
	PrivateKeyFile string `json:"privateKeyFile"`
}

// Webhook is where GitHub's events arrive, over plain HTTP: an ingress in front
// of it ends TLS.
type Webhook struct {
	// Address is what to listen at, such as ":8080"; the path is /webhook.
	Address string `json:"address"`
	// SecretFile holds the secret that events are signed with.
	SecretFile string `json:"secretFile"`
}

// The values of GitHub.Forks and GitHub.Preview.
const (
	ForksSchemaOnly = "SchemaOnly"
	ForksPreview    = "Preview"
	PreviewFull     = "Full"
	PreviewSummary  = "Summary"
)

// The defaults of the configuration.
const (
	DefaultInstance  = "patchwave"
	DefaultBranch    = "main"
	DefaultPath      = "."
	DefaultInterval  = time.Minute
	DefaultGitHubURL = "https://api.github.com/"
)

// LoadConfig reads the configuration from a file's text, one YAML document
// (JSON is YAML); name is the file's, for positions. With problems, all of them
// sorted by position, the Config is zero.
func LoadConfig(name string, text []byte) (Config, []Problem) {
	d, problems := configDocument(name, text)
	if len(problems) > 0 {
		return Config{}, problems
	}
	checkConfig(d)
	var config Config
	if len(d.problems) == 0 {
		d.decode(&config, configLater)
	}
	if len(d.problems) > 0 {
		return Config{}, sorted(d.problems)
	}
	return config.withDefaults(), nil
}

var (
	errNoConfig    = errors.New("it is empty; at least sources are needed")
	errManyConfigs = errors.New("it holds more than one document")
)

// configDocument is the one document of the file.
func configDocument(name string, text []byte) (*document, []Problem) {
	if len(text) > maxFileSize {
		return nil, []Problem{fileProblem(name, errTooLarge)}
	}
	documents, problems := splitDocuments(name, text)
	switch {
	case len(problems) > 0:
		return nil, problems
	case len(documents) == 0:
		return nil, []Problem{fileProblem(name, errNoConfig)}
	case len(documents) > 1:
		return nil, []Problem{{Position: documents[1].start(), Message: "the file cannot be read: " + errManyConfigs.Error()}}
	}
	return documents[0], nil
}

func checkConfig(d *document) {
	if d.broken {
		return
	}
	d.check(wrongInConfig)
}

func wrongInConfig(config any) []schema.Violation {
	found := append(schema.ValidateConfig(config), notSupported(config, configLater)...)
	for _, rule := range configRules {
		found = append(found, rule(config)...)
	}
	return found
}

// Hours are when the operator lets pods of any plan be started.
func (c Config) Hours() calendar.Hours {
	return calendar.Hours{Windows: [][]calendar.Window{c.Windows}, Freezes: c.Freezes}
}

func (c Config) withDefaults() Config {
	c.Name = orDefault(c.Name, DefaultInstance)
	for i := range c.Sources {
		source := &c.Sources[i]
		source.Branch = orDefault(source.Branch, DefaultBranch)
		source.Path = orDefault(source.Path, DefaultPath)
		source.Interval = orDefault(source.Interval, Duration(DefaultInterval))
	}
	if c.GitHub != nil {
		c.GitHub.BaseURL = orDefault(c.GitHub.BaseURL, DefaultGitHubURL)
		c.GitHub.Forks = orDefault(c.GitHub.Forks, ForksSchemaOnly)
		c.GitHub.Preview = orDefault(c.GitHub.Preview, PreviewFull)
	}
	return c
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
