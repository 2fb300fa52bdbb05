variable "project" {
  description = "The project's id. One installation takes a whole project: topics, queues and the database are named by the code."
  type        = string
}

variable "environment" {
  description = "What this installation is for; a label on everything, and production is protected from deletion."
  type        = string
  default     = "production"

  validation {
    condition     = contains(["production", "staging", "development"], var.environment)
    error_message = "environment is production, staging or development."
  }
}

variable "region" {
  description = "Where functions, queues, schedules, keys and secrets are. Recordings and transcripts stay here unless the two variables below say otherwise."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is one region, such as europe-west3: a multi-region cannot run functions."
  }
}

variable "firestore_location" {
  description = "Where the database is; it can never be moved. Unset: the region."
  type        = string
  default     = null
}

variable "storage_location" {
  description = "The region of the buckets and of the key that encrypts them; Eventarc's trigger is made in the same place. Unset: the region."
  type        = string
  default     = null

  validation {
    condition     = var.storage_location == null || can(regex("^[a-z]+-[a-z]+[0-9]+$", var.storage_location))
    error_message = "storage_location is one region, such as europe-west3: a multi-region's key would be elsewhere."
  }
}

variable "database" {
  description = "The Firestore database's id."
  type        = string
  default     = "(default)"
}

variable "packages" {
  description = "The folder that holds each function's package, <function>.zip."
  type        = string
  default     = "../../dist"
}

variable "domain" {
  description = "The page's and the API's own name, served through a load balancer with Cloud Armor. Unset: Cloud Run's own address, and no load balancer."
  type        = string
  default     = null
}

variable "audio_retention_days" {
  description = "Days after which a recording is deleted from its bucket, whatever a company's own, shorter retention did before."
  type        = number
  default     = 365

  validation {
    condition     = var.audio_retention_days >= 1
    error_message = "audio_retention_days is at least 1."
  }
}

variable "artifacts_retention_days" {
  description = "Days after which transcripts and scans are deleted from their bucket."
  type        = number
  default     = 1095

  validation {
    condition     = var.artifacts_retention_days >= 1
    error_message = "artifacts_retention_days is at least 1."
  }
}

variable "nearline_after_days" {
  description = "Days after which a recording moves to storage that is cheaper to keep and dearer to hear; nobody listens to most of them twice."
  type        = number
  default     = 60

  validation {
    condition     = var.nearline_after_days >= 1
    error_message = "nearline_after_days is at least 1."
  }
}

variable "soft_delete_days" {
  description = "Days in which a deleted object can be brought back: 0, or 7 to 90. It is also how much longer than promised a recording exists."
  type        = number
  default     = 7

  validation {
    condition     = var.soft_delete_days == 0 || (var.soft_delete_days >= 7 && var.soft_delete_days <= 90)
    error_message = "soft_delete_days is 0, or 7 to 90: Cloud Storage knows nothing between."
  }
}

variable "signing_secret_version" {
  description = "Raise it to make a new signing secret: everybody signs in again, and hook addresses given out before stop working."
  type        = number
  default     = 1
}

variable "api_min_instances" {
  description = "Instances of the api kept warm: each costs money around the clock, none costs the first caller a cold start."
  type        = number
  default     = 0
}

variable "log_level" {
  description = "Least severity logged."
  type        = string
  default     = "INFO"
}

variable "time_zone" {
  description = "The zone in which schedules are read."
  type        = string
  default     = "Asia/Tashkent"
}

variable "alert_emails" {
  description = "Who is told of alerts. Nobody told means nobody knows."
  type        = set(string)
}

variable "billing_account" {
  description = "The billing account whose budget is watched, without billingAccounts/. Unset: no budget."
  type        = string
  default     = null
}

variable "monthly_budget" {
  description = "What a month may cost, in the billing account's currency, before somebody is told."
  type        = number
  default     = 200

  validation {
    condition     = var.monthly_budget > 0 && floor(var.monthly_budget) == var.monthly_budget
    error_message = "monthly_budget is a whole number above 0."
  }
}

variable "analytics" {
  description = "Whether what the topic call-analyzed says is also kept in BigQuery."
  type        = bool
  default     = false
}

variable "vendors" {
  description = "Vendors that calls may be sent to; the secret dialix-<vendor>-key must hold the key of each."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.vendors, ["aisha", "openai", "uzbekvoice"])) == 0
    error_message = "vendors are aisha, openai and uzbekvoice."
  }
}
