; Inno Setup: one installer for Windows, without a server. Built after `python run.py package` on Windows:
;   iscc /DVersion=0.1.0 installer\danqiao.iss
; Upgrades keep all data: data lies in the user's application data folder, never beside the program. A store written by a newer
; version is refused by the program itself, with the reason.
#ifndef Version
  #define Version "0.0.0"
#endif

[Setup]
AppId={{6E0B2B0C-6A0B-4B6C-9C55-DA19A0D0B21D}
AppName=DanQiao 单桥
AppVersion={#Version}
AppVerName=DanQiao {#Version}
DefaultDirName={autopf}\DanQiao
DefaultGroupName=DanQiao
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
OutputDir=..\dist
OutputBaseFilename=DanQiao-{#Version}-setup
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
CloseApplications=yes
RestartApplications=yes
UninstallDisplayIcon={app}\DanQiao.exe

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; GroupDescription: "{cm:AdditionalIcons}"
Name: "tray"; Description: "Start in the tray at sign-in (登录时在托盘启动)"; Flags: unchecked

[Files]
Source: "..\dist\DanQiao\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\DanQiao 单桥"; Filename: "{app}\DanQiao.exe"
Name: "{group}\DanQiao sandbox 演示"; Filename: "{app}\DanQiao.exe"; Parameters: "--demo"
Name: "{autodesktop}\DanQiao 单桥"; Filename: "{app}\DanQiao.exe"; Tasks: desktopicon

[Run]
Filename: "{app}\danqiao-console.exe"; Parameters: "service install --window"; Tasks: tray; Flags: runhidden
Filename: "{app}\DanQiao.exe"; Description: "{cm:LaunchProgram,DanQiao}"; Flags: nowait postinstall skipifsilent

[UninstallRun]
Filename: "{app}\danqiao-console.exe"; Parameters: "service uninstall"; RunOnceId: "service"; Flags: runhidden
Filename: "{app}\danqiao-console.exe"; Parameters: "service uninstall --window"; RunOnceId: "window"; Flags: runhidden
